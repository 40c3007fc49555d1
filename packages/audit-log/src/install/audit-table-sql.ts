import { resolveOptions } from '@nestarc/core';
import { z } from 'zod';
import type { AuditTableSQLOptions } from '../options/audit-table-sql.options';
import { refused } from '../options/audit-reporting.schema';
import { resolveAuditSqlOptions } from '../options/audit-sql-options.schema';
import { block, type Ddl, ddl, derivedName, dollarQuoted, lines, name, NOTHING } from '../sql/ddl';
import { rowsOf, type SqlTarget } from '../table/sql-target';
import { tableOnlyDdl } from './installation';

const OWNER = 'getAuditTableSQL';

const schema = z.looseObject({
  enforcement: refused(
    'expected "trigger": a change that is dropped in silence is taken for one that was made',
    'trigger',
  ),
  ginIndex: z.boolean().default(false),
  trackedModels: refused('use auditSql(prisma, { trackedModels }), which makes the triggers as well'),
});

/**
 * Makes the SQL of the audit table with its functions and policies, without triggers: `auditSql` makes all of it.
 *
 * @param options - see {@link AuditTableSQLOptions}. Defaults to `audit_logs`, in monthly partitions
 * @throws InvalidOptionsError for options that are none
 */
export function getAuditTableSQL(options: AuditTableSQLOptions = {}): string {
  return `${auditTableDdl(options).text}\n`;
}

function auditTableDdl(options: AuditTableSQLOptions): Ddl {
  const { enforcement: _same, trackedModels: _none, ginIndex, ...rest } = resolveOptions(OWNER, schema, options);
  const resolved = resolveAuditSqlOptions(rest, OWNER);
  const { table } = resolved;
  const indexes = ['changes', 'metadata'].map((column) => {
    const index = name(derivedName(table.table, `_${column}_gin`));
    return ddl`CREATE INDEX IF NOT EXISTS ${index} ON ${table.quoted} USING gin (${name(column)} jsonb_path_ops);`;
  });
  return lines([tableOnlyDdl(resolved), ginIndex ? lines(indexes) : NOTHING]);
}

/**
 * The same for clients that run one statement at a time, such as Prisma.
 *
 * @param options - see {@link AuditTableSQLOptions}. Defaults to `audit_logs`, in monthly partitions
 * @returns one statement
 * @throws InvalidOptionsError for options that are none
 */
export function getAuditTableStatements(options: AuditTableSQLOptions = {}): string[] {
  return [block(ddl`BEGIN EXECUTE ${dollarQuoted(auditTableDdl(options))}; END`).text];
}

/**
 * Makes the audit table, as its owner; again, it mends what is different.
 *
 * @param prisma - a client of the owner, not attached to the context
 * @param options - see {@link AuditTableSQLOptions}. Defaults to `audit_logs`, in monthly partitions
 * @throws InvalidOptionsError for options that are none, and what PostgreSQL refuses
 */
export async function applyAuditTableSchema(prisma: SqlTarget, options: AuditTableSQLOptions = {}): Promise<void> {
  for (const statement of getAuditTableStatements(options)) await rowsOf(prisma, statement);
}
