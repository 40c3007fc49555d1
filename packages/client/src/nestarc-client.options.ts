import type { AuditExtensionOptions } from '@nestarc/audit-log';
import type { SoftDeleteExtensionOptions } from '@nestarc/soft-delete';
import type { PrismaTenancyExtensionOptions, TenancyService } from '@nestarc/tenancy';

/** What `createPrismaTenancyExtension` takes, in one object. */
export interface NestarcTenancyOptions extends PrismaTenancyExtensionOptions {
  /** The service of `TenancyModule`. */
  readonly service: TenancyService;
}

/** What a client is made of; at least one of them. */
export interface NestarcClientOptions {
  /** Works for the current tenant. Defaults to doing without tenants. */
  readonly tenancy?: NestarcTenancyOptions | undefined;
  /** Deletes softly, as `createPrismaSoftDeleteExtension` says. Defaults to deleting for good. */
  readonly softDelete?: SoftDeleteExtensionOptions | undefined;
  /**
   * Says who acts to the triggers of the audit log, as `createAuditExtension` says. The setting of the tenant and the field of
   * a soft delete are those of the other two. Defaults to no audit log.
   */
  readonly audit?: AuditExtensionOptions | undefined;
}

/** Options of a client that is audited in any case. */
export interface NestarcAuditedClientOptions extends NestarcClientOptions {
  /** As in {@link NestarcClientOptions}. */
  readonly audit: AuditExtensionOptions;
}
