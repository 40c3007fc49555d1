/** Injection token of the resolved options of `SoftDeleteModule`. */
export const SOFT_DELETE_MODULE_OPTIONS: symbol = Symbol.for('@nestarc/soft-delete/SOFT_DELETE_MODULE_OPTIONS');

/** Injection token of what holds the Prisma client under `client`. */
export const SOFT_DELETE_PRISMA_SERVICE: symbol = Symbol.for('@nestarc/soft-delete/SOFT_DELETE_PRISMA_SERVICE');

/** Injection token of the token that the application's Prisma client, or the service that holds it, is provided under. */
export const PRISMA_SERVICE_TOKEN: symbol = Symbol.for('@nestarc/soft-delete/PRISMA_SERVICE_TOKEN');

/** Metadata key under which `@WithDeleted()` leaves the names of its models. */
export const SOFT_DELETE_WITH_DELETED = 'SOFT_DELETE_WITH_DELETED';

/** Metadata key under which `@OnlyDeleted()` leaves the names of its models. */
export const SOFT_DELETE_ONLY_DELETED = 'SOFT_DELETE_ONLY_DELETED';

/** Metadata key under which `@SkipSoftDelete()` leaves the names of its models. */
export const SOFT_DELETE_SKIP = 'SOFT_DELETE_SKIP';

/** Metadata key under which `@WithDeletedRelations()` leaves its paths. */
export const SOFT_DELETE_WITH_DELETED_RELATIONS = 'SOFT_DELETE_WITH_DELETED_RELATIONS';
