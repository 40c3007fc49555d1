import type { AuditSettings, AuditSqlOptions } from './audit-sql.options';

/** What the service of the audit log works with. */
export interface AuditServiceOptions extends Pick<AuditSqlOptions, 'tableName' | 'schema'> {
  /** Names of the settings that differ from the defaults: those that `auditSql` was given. */
  readonly settings?: Partial<AuditSettings> | undefined;
  /** Keys in the metadata of manual entries whose values are left out, whatever their case. Defaults to none. */
  readonly sensitiveFields?: readonly string[] | undefined;
  /** The same for entries about one type of target each. Defaults to none. */
  readonly sensitiveFieldsByModel?: Readonly<Record<string, readonly string[]>> | undefined;
  /**
   * Refuses to write and to read without a tenant. Defaults to true. With false, what is written without a tenant has none, and
   * a reading without a tenant sees entries of that kind only, as far as the policies of the audit table show them.
   */
  readonly tenantRequired?: boolean | undefined;
  /**
   * A Prisma client of a role that is one of `auditorRoles`, for readings of all tenants. Defaults to none, and such readings are
   * refused.
   */
  readonly auditorPrisma?: object | undefined;
}

/** The options as the service works with them: checked, with the defaults filled in. */
export type ResolvedAuditServiceOptions = {
  readonly [K in Exclude<keyof AuditServiceOptions, 'auditorPrisma' | 'settings'>]-?: NonNullable<
    AuditServiceOptions[K]
  >;
} & {
  /** Names of the settings. */
  readonly settings: AuditSettings;
  /** The auditors' client. */
  readonly auditorPrisma: object | undefined;
};
