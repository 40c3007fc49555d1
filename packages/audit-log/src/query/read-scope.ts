/** Whose entries are read. Defaults to those of the tenant of the context. */
export interface AuditReadScope {
  /** A tenant; where the context has one, it has to be that. */
  readonly tenantId?: string | undefined;
  /** All tenants: needs `auditorPrisma`, and is recorded itself. Defaults to false. */
  readonly allTenants?: boolean | undefined;
}

/** The same, as version 0.4 called it. */
export type AuditGetByIdOptions = AuditReadScope;
