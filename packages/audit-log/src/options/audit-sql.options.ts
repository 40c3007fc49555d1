import type { WireSettings } from '@nestarc/postgres';

/** Names of the PostgreSQL settings that capture reads. */
export interface AuditSettings extends WireSettings {
  /** Setting with what else is known about who acts, as JSON. Defaults to `app.audit_context`. */
  readonly context: string;
  /** Setting that says what a statement means: `softDelete`, `restore` or `purge`. Defaults to `app.operation`. */
  readonly operation: string;
  /** Setting with the id of that operation. Defaults to `app.operation_id`. */
  readonly operationId: string;
}

/** What is audited, where it is recorded, and what is left out of it. */
export interface AuditSqlOptions {
  /** The audit table, as `table` or `schema.table`. Defaults to `audit_logs`. */
  readonly tableName?: string | undefined;
  /** Schema of the audit table and of models that `@@schema` says nothing of. Defaults to `public`. */
  readonly schema?: string | undefined;
  /** Models to audit. Defaults to all, but for the audit table's own and `ignoredModels`. */
  readonly trackedModels?: readonly string[] | undefined;
  /** Models not to audit; without effect where `trackedModels` is given. Defaults to none. */
  readonly ignoredModels?: readonly string[] | undefined;
  /**
   * Names of fields, columns and keys in JSON whose values never get into the audit table, whatever their case, underscores
   * and hyphens. Defaults to none; fields marked `@audit.redact` or `@pii` in the schema are left out in any case.
   */
  readonly sensitiveFields?: readonly string[] | undefined;
  /** The same for one model each. Defaults to none. */
  readonly sensitiveFieldsByModel?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Models whose changes are recorded whole even where the context asks for suppression. Defaults to none. */
  readonly alwaysAuditedModels?: readonly string[] | undefined;
  /** Records updates that change nothing, too. Defaults to false. */
  readonly recordUnchanged?: boolean | undefined;
  /** Takes an update that only changes `@updatedAt` fields for one that changes nothing. Defaults to false. */
  readonly ignoreTimestampOnlyUpdates?: boolean | undefined;
  /** Field or column that says whose a row is. Defaults to `tenant_id`, or `tenantId`. */
  readonly tenantIdField?: string | undefined;
  /** Field or column that a soft delete sets. Defaults to `deletedAt`, or `deleted_at`. */
  readonly deletedAtField?: string | undefined;
  /** One partition a month, so that old entries are dropped rather than deleted. Defaults to true. */
  readonly partitioned?: boolean | undefined;
  /**
   * Indexes for lists of one actor, of one kind of action (`User.*`), and of all tenants. Each costs 2 to 4 µs of every entry
   * written. Defaults to false: such lists look through the entries of the tenant.
   */
  readonly searchIndexes?: boolean | undefined;
  /** For how many months after the present one partitions are made. Defaults to 3. */
  readonly ahead?: number | undefined;
  /** Roles that read the entries of their tenant, beside those that may read new tables anyway. Defaults to none. */
  readonly readerRoles?: readonly string[] | undefined;
  /** Roles that read the entries of all tenants. Defaults to none. */
  readonly auditorRoles?: readonly string[] | undefined;
  /** Roles that may remove old entries, beside the owner of the audit table; the application's should be none of them. Defaults to none. */
  readonly prunerRoles?: readonly string[] | undefined;
  /** Names of the settings that differ from the defaults. */
  readonly settings?: Partial<AuditSettings> | undefined;
}
