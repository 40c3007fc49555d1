export { auditSql } from './install/audit-sql';
export { assertAuditInstalled } from './install/assert-audit-installed';
export { applyAuditTableSchema, getAuditTableSQL, getAuditTableStatements } from './install/audit-table-sql';
export type { AuditTableSQLOptions } from './options/audit-table-sql.options';
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
  AuditBatchOverflow,
  AuditConsistency,
  AuditDatabaseMapping,
  AuditExtensionOptions,
  AuditSharedOptions,
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
export type { AuditGetByIdOptions, AuditReadScope } from './query/read-scope';
export type { AuditExportScope, AuditScanOptions, AuditScanPage } from './query/scan.options';
export type { AuditLag } from './query/lag';
export { AUDIT_CSV_COLUMNS_V1, type AuditCsvColumnVersion } from './export/csv.format';
export type { AuditCsvOptions } from './export/csv.export';
export { AuditCursorInvalidError, AuditorRequiredError, AuditTenantMismatchError } from './errors/audit-read.errors';
export type { AuditPruneOptions, AuditPruneProgress, AuditPruneResult } from './prune/prune.options';
export { AuditCheckpointBehindError, AuditPruneForbiddenError } from './errors/audit-prune.errors';
export { AuditLogModule } from './nest/audit-log.module';
export { AuditActorMiddleware } from './nest/audit-actor.middleware';
export { AuditInterceptor } from './nest/audit.interceptor';
export { AuditAction, AuditReason, NoAudit } from './nest/audit.decorators';
export { AUDIT_ACTION_KEY, AUDIT_LOG_OPTIONS, AUDIT_REASON_KEY, NO_AUDIT_KEY } from './nest/audit-log.tokens';
export type {
  ActorExtractor,
  ActorRequest,
  AuditExcludedRoute,
  AuditLogModuleAsyncOptions,
  AuditLogModuleOptions,
  AuditLogModuleOptionsFactory,
} from './options/audit-module.options';
export type { ResolvedAuditLogModuleOptions } from './options/audit-module-options.schema';
export type { AuditKeyPart, AuditRecordKey } from './history/record-key';
export type { AuditHistoryOptions } from './history/record.history';
export type { AuditAsOfOptions, AuditSnapshot } from './history/as-of';
export type { AuditRequest, AuditRequestsOptions } from './history/request-changes';
export type { AuditRevertOptions, AuditRevertResult } from './revert/revert.options';
export {
  type AuditRevertConflict,
  AuditRequestNotFoundError,
  AuditRevertConflictError,
  type AuditRevertObstacle,
} from './errors/audit-revert.errors';
