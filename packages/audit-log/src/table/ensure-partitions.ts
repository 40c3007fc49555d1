import type { AuditSqlOptions } from '../options/audit-sql.options';
import { resolveAuditSqlOptions } from '../options/audit-sql-options.schema';
import { ddl, integer } from '../sql/ddl';
import { rowsOf, type SqlTarget } from './sql-target';

/** Which table gets partitions, and how many. */
export interface EnsurePartitionsOptions extends Pick<AuditSqlOptions, 'tableName' | 'schema'> {
  /** For how many months after the present one. Defaults to 3. */
  readonly ahead?: number | undefined;
}

/** How the partitions of the audit table are. */
export interface PartitionState {
  /** Months after the present one that have a partition, without a gap; -1 when the present one has none. */
  readonly monthsAhead: number;
  /** Entries in the default partition: their month has none. Nothing is lost, but they cannot be dropped with their month. */
  readonly strayEntries: number;
}

/**
 * Makes the partitions of the present month and of months to come, and moves entries there that are in the default partition. Run
 * it daily; any role that may read the audit table may.
 *
 * @param target - a pool or client of pg, or a Prisma client
 * @param options - see {@link EnsurePartitionsOptions}
 * @returns the names of the partitions that it has made
 * @throws InvalidOptionsError for options that are none
 */
export async function ensurePartitions(target: SqlTarget, options: EnsurePartitionsOptions = {}): Promise<string[]> {
  const { table, ahead } = resolveAuditSqlOptions(options);
  const call = ddl`SELECT ${table.in(table.partitionsFunction)}(${integer(ahead)}) AS name`;
  const rows = await rowsOf(target, call.text);
  return rows.map((row) => (row as { name: string }).name);
}

/**
 * Tells whether partitions are there for what is to come, and whether entries went to the default partition because one was not:
 * what an alarm is made of.
 *
 * @param target - a pool or client of pg, or a Prisma client
 * @param options - which table. Defaults to `audit_logs`
 * @throws InvalidOptionsError for options that are none
 */
export async function partitionState(
  target: SqlTarget,
  options: Pick<AuditSqlOptions, 'tableName' | 'schema'> = {},
): Promise<PartitionState> {
  const { table } = resolveAuditSqlOptions(options);
  const call = ddl`SELECT months_ahead, stray_entries::text FROM ${table.in(table.stateFunction)}()`;
  const [row] = (await rowsOf(target, call.text)) as readonly { months_ahead: number; stray_entries: string }[];
  return Object.freeze({ monthsAhead: row?.months_ahead ?? -1, strayEntries: Number(row?.stray_entries ?? 0) });
}
