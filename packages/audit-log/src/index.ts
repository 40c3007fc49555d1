export { auditSql } from './install/audit-sql';
export { assertAuditInstalled } from './install/assert-audit-installed';
export {
  ensurePartitions,
  partitionState,
  type EnsurePartitionsOptions,
  type PartitionState,
} from './table/ensure-partitions';
export type { SqlTarget } from './table/sql-target';
export type { AuditSettings, AuditSqlOptions } from './options/audit-sql.options';
export { AuditModelUnknownError, AuditPrimaryKeyMissingError } from './errors/audit-model.errors';
export { AuditNotInstalledError } from './errors/audit-not-installed.error';
