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
export { AuditContext, type AuditContextStore } from './context/audit-context';
export { AuditActorInvalidError, type AuditActor, type AuditActorType } from './context/audit-actor';
export { AuditMetadataInvalidError } from './context/audit-setting';
export { mergeContextMetadata } from './context/context-metadata';
export { createAuditedClient, createAuditExtension, type AuditClientExtension } from './extension/audit.extension';
export type {
  AuditLifecycleInput,
  AuditTransactionClient,
  AuditTransactionMethods,
  AuditTransactionOptions,
} from './extension/audit-transaction';
export type {
  AuditConsistency,
  AuditDatabaseMapping,
  AuditExtensionOptions,
  PrismaModuleLike,
} from './options/audit-extension.options';
export type {
  AuditErrorContext,
  AuditErrorPhase,
  AuditLogger,
  AuditReportingOptions,
} from './options/audit-reporting.options';
export { AuditService } from './service/audit.service';
export type { ManualAuditLogInput } from './service/manual-entry';
export type { AuditServiceOptions, ResolvedAuditServiceOptions } from './options/audit-service.options';
export type { AuditChange, AuditEntry, AuditImage } from './query/audit-entry';
export type { AuditEntryFilter } from './query/entry.filter';
export type { AuditQueryOptions, AuditQueryResult } from './query/query.options';
export type { AuditReadScope } from './query/read-scope';
export type { AuditExportScope, AuditScanOptions, AuditScanPage } from './query/scan.options';
export type { AuditLag } from './query/lag';
export { AUDIT_CSV_COLUMNS_V1, type AuditCsvColumnVersion } from './export/csv.format';
export type { AuditCsvOptions } from './export/csv.export';
export { AuditCursorInvalidError, AuditorRequiredError, AuditTenantMismatchError } from './errors/audit-read.errors';
