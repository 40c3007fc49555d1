import type { ModelMetadata } from '@nestarc/prisma';
import { captureBody } from '../capture/capture-function.ddl';
import type { TrackedTable } from '../capture/tracked-table';
import { trackedTables } from '../capture/tracked-tables';
import { triggersDdl, untrackDdl } from '../capture/trigger.ddl';
import type { ResolvedAuditSqlOptions } from '../options/audit-sql-options.schema';
import { ddl, type Ddl, lines, NOTHING } from '../sql/ddl';
import { accessDdl } from '../table/access.ddl';
import { appendOnlyDdl, blockFunction } from '../table/append-only.ddl';
import { functionDdl, runs, type FunctionDefinition } from '../table/function.ddl';
import { commonFunctions } from '../table/functions.ddl';
import { defaultPartitionDdl, firstPartitions, partitionFunctions } from '../table/partition.ddl';
import { pruneFunctions } from '../table/prune.ddl';
import { tableDdl } from '../table/table.ddl';
import { truncationsFunction } from '../table/truncations.ddl';

/** What has to be in the database for the models of a schema to be audited. */
export interface Installation {
  readonly options: ResolvedAuditSqlOptions;
  /** The tracked tables, each with the function that records its changes. */
  readonly captures: readonly Capture[];
  /** The functions beside those. */
  readonly functions: readonly FunctionDefinition[];
  /** The SQL that puts it all there. */
  readonly sql: string;
}

/** A tracked table. */
export interface Capture {
  readonly table: TrackedTable;
  readonly function: FunctionDefinition;
}

/**
 * Works out what has to be in the database.
 *
 * @param metadata - the schema
 * @param options - the resolved options
 */
export function installationOf(metadata: ModelMetadata, options: ResolvedAuditSqlOptions): Installation {
  const captures = trackedTables(metadata, options).map((table) => ({
    table,
    function: captureFunction(table, options),
  }));
  const functions = commonDefinitions(options);
  return { options, captures, functions, sql: sqlOf(options, captures, functions) };
}

/**
 * The audit table with its functions and policies, without anything of the tables that are tracked.
 *
 * @param options - the resolved options
 */
export function tableOnlyDdl(options: ResolvedAuditSqlOptions): Ddl {
  return tableDdls(options, commonDefinitions(options), []);
}

function commonDefinitions({ table: audit, partitioned, settings }: ResolvedAuditSqlOptions): FunctionDefinition[] {
  return [
    blockFunction(audit),
    ...commonFunctions(audit, settings),
    ...(partitioned ? partitionFunctions(audit) : []),
    ...pruneFunctions(audit, partitioned),
    truncationsFunction(audit),
  ];
}

function captureFunction(table: TrackedTable, options: ResolvedAuditSqlOptions): FunctionDefinition {
  return {
    name: options.table.captureFunction(table.schema, table.table),
    returns: ddl`trigger`,
    attributes: runs.capturing,
    body: captureBody(table, options),
    comment: options.table.captureComment,
  };
}

function sqlOf(
  options: ResolvedAuditSqlOptions,
  captures: readonly Capture[],
  functions: readonly FunctionDefinition[],
): string {
  const { table: audit } = options;
  const tables = captures.map(({ table }) => table);
  const all = lines([
    tableDdls(options, functions, captures),
    ...tables.map((table) => triggersDdl(table, audit)),
    untrackDdl(tables, audit),
  ]);
  return `${all.text}\n`;
}

function tableDdls(
  { table: audit, partitioned, searchIndexes, settings, ahead, ...options }: ResolvedAuditSqlOptions,
  functions: readonly FunctionDefinition[],
  captures: readonly Capture[],
): Ddl {
  return lines([
    tableDdl(audit, { partitioned, searchIndexes }),
    ...[...functions, ...captures.map((capture) => capture.function)].map((one) => functionDdl(audit, one)),
    appendOnlyDdl(audit),
    partitioned ? lines([defaultPartitionDdl(audit), firstPartitions(audit, ahead)]) : NOTHING,
    accessDdl(audit, { ...options, tenantSetting: settings.tenant }),
  ]);
}
