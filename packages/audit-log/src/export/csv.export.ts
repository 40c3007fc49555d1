import { InvalidOptionsError } from '@nestarc/core';
import { Readable } from 'node:stream';
import type { AuditScanOptions, AuditScanPage } from '../query/scan.options';
import { type AuditCsvColumnVersion, CSV_HEADER, csvLine } from './csv.format';

/** What an export has, and how it looks. */
export type AuditCsvOptions = AuditScanOptions & {
  /** Version of the columns. Defaults to `v1`, the only one. */
  readonly columns?: AuditCsvColumnVersion | undefined;
  /** Begins with a byte order mark, by which Excel recognises UTF-8. Defaults to false. */
  readonly includeBom?: boolean | undefined;
};

/**
 * Checks what is asked for beside the entries.
 *
 * @param owner - what was called
 * @param options - the options
 * @returns what is left, for the scan
 * @throws InvalidOptionsError for a version of columns that there is not
 */
export function scanOfExport(owner: string, options: AuditCsvOptions): AuditScanOptions {
  const { columns = 'v1', includeBom = false, ...scan } = options;
  const problems = [
    ...((columns as unknown) === 'v1' ? [] : [{ path: 'columns', message: 'expected "v1"' }]),
    ...(typeof includeBom === 'boolean' ? [] : [{ path: 'includeBom', message: 'expected a boolean' }]),
  ];
  if (problems.length > 0) throw new InvalidOptionsError(owner, problems);
  return scan;
}

/**
 * Makes a stream of lines. A page is read when the reader of the stream has taken the one before.
 *
 * @param pages - the entries
 * @param includeBom - whether it begins with a byte order mark
 */
export function csvStream(pages: AsyncIterable<AuditScanPage>, includeBom: boolean): Readable {
  return Readable.from(linesOf(pages, includeBom), { objectMode: false });
}

async function* linesOf(pages: AsyncIterable<AuditScanPage>, includeBom: boolean): AsyncGenerator<string> {
  yield (includeBom ? '\uFEFF' : '') + CSV_HEADER;
  for await (const { entries } of pages) {
    if (entries.length > 0) yield entries.map(csvLine).join('');
  }
}
