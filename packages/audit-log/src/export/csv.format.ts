import type { AuditEntry } from '../query/audit-entry';

/** A version of the columns of an export. */
export type AuditCsvColumnVersion = 'v1';

/** The columns of an export, version 1. */
export const AUDIT_CSV_COLUMNS_V1 = Object.freeze([
  'schemaVersion',
  'id',
  'tenantId',
  'actorId',
  'actorType',
  'actorIp',
  'action',
  'targetType',
  'targetId',
  'source',
  'result',
  'changes',
  'metadata',
  'createdAt',
] as const);

/** Lines end so, after RFC 4180. */
const END = '\r\n';

/** The first line. */
export const CSV_HEADER: string = AUDIT_CSV_COLUMNS_V1.join(',') + END;

/**
 * Writes an entry as a line.
 *
 * @param entry - the entry
 */
export function csvLine(entry: AuditEntry): string {
  const { id, tenantId, actorId, actorType, actorIp, action, targetType, targetId, source, result } = entry;
  const texts = ['1', id, tenantId, actorId, actorType, actorIp, action, targetType, targetId, source, result];
  const cells = [...texts, jsonOf(entry.changes), jsonOf(entry.metadata), entry.createdAt.toISOString()];
  return cells.map(csvCell).join(',') + END;
}

const jsonOf = (value: unknown): string | null => (value === null ? null : canonicalJson(value));

/**
 * Writes JSON with keys in order, so that the same value is the same text. Written out: JSON.stringify with a replacer took
 * three times as long.
 *
 * @param value - a value that came from JSON
 */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const member = (value as Readonly<Record<string, unknown>>)[key];
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`);
  }
  return `{${members.join(',')}}`;
}

/**
 * Spreadsheets take a cell for a formula that begins so, behind whatever they do not show. `normalize` folds full-width and small
 * forms, which some take for the same, into the signs; the minus of mathematics is none of them.
 */
const FORMULA = /^[\s\p{C}\p{Z}]*[=+\-@\u2212]/u;
const CONTROL = /^[\t\r\n]/;

/** What nearly all cells begin with, which need not be looked at any further. */
const HARMLESS = /^[0-9A-Za-z{[]/;

function csvCell(value: string | null): string {
  if (value === null) return '';
  const isFormula =
    !HARMLESS.test(value) && (CONTROL.test(value) || FORMULA.test(value.slice(0, 64).normalize('NFKC')));
  const safe = isFormula ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
