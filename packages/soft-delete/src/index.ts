export { createPrismaSoftDeleteExtension, type UnchangedClientExtension } from './soft-delete.extension';
export { SoftDeleteModule } from './nest/soft-delete.module';
export type {
  ActorExtractor,
  ActorRequest,
  SoftDeleteModuleAsyncOptions,
  SoftDeleteModuleFactoryOptions,
  SoftDeleteModuleOptions,
  SoftDeleteModuleOptionsFactory,
} from './nest/soft-delete-module.options';
export type { ResolvedSoftDeleteModuleOptions } from './nest/soft-delete-module.schema';
export { SoftDeleteService } from './nest/soft-delete.service';
export { OnlyDeleted, SkipSoftDelete, WithDeleted, WithDeletedRelations } from './nest/visibility.decorators';
export { SoftDeleteFilterInterceptor } from './nest/soft-delete-filter.interceptor';
export { SoftDeleteEventEmitter } from './nest/soft-delete-event.emitter';
export {
  SOFT_DELETE_MODULE_OPTIONS,
  SOFT_DELETE_ONLY_DELETED,
  SOFT_DELETE_PRISMA_SERVICE,
  SOFT_DELETE_SKIP,
  SOFT_DELETE_WITH_DELETED,
  SOFT_DELETE_WITH_DELETED_RELATIONS,
} from './nest/soft-delete.tokens';
export type { EventWhere, SoftDeleteEventDetails } from './events/event-details';
export { SoftDeletedEvent } from './events/soft-deleted.event';
export { RestoredEvent } from './events/restored.event';
export { PurgedEvent, type PurgedEventDetails } from './events/purged.event';
export { SoftDeleteEvents, type SoftDeleteEvent, type SoftDeleteEventListener } from './events/soft-delete-events';
export { SoftDeleteContext, type SoftDeleteStore } from './visibility/soft-delete-context';
export { onlyDeleted, withDeleted } from './visibility/with-deleted';
export type { FilterMode, FilterMode as SoftDeleteFilterMode } from './visibility/visibility';
export type {
  DeletedToOne,
  DeletedUpsert,
  Enforcement,
  RelationFilterOptions,
  SoftDeleteEventTarget,
  SoftDeleteExtensionOptions,
} from './options/soft-delete.options';
export type { PrismaDmmfLike } from './options/prisma-dmmf';
export { ActorInvalidError } from './errors/actor-invalid.error';
export {
  CascadeDmmfMissingError,
  CascadeRelationNotFoundError,
  RelationDmmfMissingError,
  SoftDeleteFieldMissingError,
} from './errors/boot.errors';
export { CascadeTooDeepError } from './errors/cascade-too-deep.error';
export { DeletedRecordError } from './errors/deleted-record.error';
export { DeletedRelationError } from './errors/deleted-relation.error';
export { OwnOperationMissedError } from './errors/own-operation-missed.error';
export {
  ParentDeletedError,
  RecordAmbiguousError,
  RecordNotDeletedError,
  RecordNotFoundError,
  RestoreConflictError,
} from './errors/restore.errors';
export { SoftDeleteNotInstalledError } from './errors/soft-delete-not-installed.error';
export { SoftDeleteOrderError } from './errors/soft-delete-order.error';
export { softDeleteSql } from './sql/soft-delete-sql';
export type { SoftDeleteSqlOptions } from './sql/soft-delete-sql.options';
export {
  SoftDeleteOperations,
  type ForceDeleteOptions,
  type PurgeCounts,
  type PurgeOptions,
  type PurgeProgress,
  type PurgeResult,
  type RestoreManyOptions,
  type RestoreOptions,
} from './soft-delete.operations';
