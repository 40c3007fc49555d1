import type { AuditSqlOptions } from './audit-sql.options';

/** What the audit table is like, for those who make it apart from the triggers. */
export interface AuditTableSQLOptions extends Pick<
  AuditSqlOptions,
  'ahead' | 'auditorRoles' | 'partitioned' | 'readerRoles' | 'schema' | 'settings' | 'tableName'
> {
  /** Accepted for compatibility: changes of entries fail; `rule`, which let them pass by in silence, is refused. */
  readonly enforcement?: 'trigger' | undefined;
  /** Makes indexes for searches within `changes` and `metadata`. Defaults to false. */
  readonly ginIndex?: boolean | undefined;
}
