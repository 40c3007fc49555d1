import type { AuditReportingOptions } from './audit-reporting.options';
import type { AuditSqlOptions } from './audit-sql.options';

/** How an operation and its entries hang together: in one transaction. */
export type AuditConsistency = 'atomic-required';

/** Where the table of a model is. */
export interface AuditDatabaseMapping {
  /** Name of the table. */
  readonly tableName: string;
  /** Its schema. Defaults to what the Prisma schema says. */
  readonly schema?: string | undefined;
  /** Column of the primary key. Defaults to what the Prisma schema says. */
  readonly primaryKeyColumn?: string | undefined;
}

/** What holds the names of Prisma; not needed. */
export type PrismaModuleLike = object;

/** What `createAuditExtension` takes: what `auditSql` was given, and how the client behaves. */
export interface AuditExtensionOptions extends AuditSqlOptions, AuditReportingOptions {
  /** Accepted for compatibility: entries are part of the transaction whatever is said; `best-effort` is refused. */
  readonly consistency?: AuditConsistency | undefined;
  /**
   * Refuses to write tracked models where there is no tenant, unless the context says that it does without. Defaults to false:
   * entries have the tenant of their row.
   */
  readonly tenantRequired?: boolean | undefined;
  /**
   * Serves although the database role is a superuser, bypasses row-level security or owns the tables it reads. Counts where no
   * other extension attaches the client. Defaults to false. What is lost: that role can change what was recorded.
   */
  readonly dangerouslyAllowPrivilegedRole?: boolean | undefined;
  /** Checked against the schema, which is what counts; composite keys are an array. */
  readonly primaryKey?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** Checked against the schema, which is what counts. */
  readonly databaseMapping?: Readonly<Record<string, AuditDatabaseMapping>> | undefined;
  /** Accepted for compatibility and not needed: the schema is read from the client. */
  readonly prismaModule?: PrismaModuleLike | undefined;
}

/** What the extension and the module may both be told. */
export type AuditSharedOptions = Pick<
  AuditExtensionOptions,
  | 'logger'
  | 'onAuditError'
  | 'prismaModule'
  | 'sensitiveFields'
  | 'sensitiveFieldsByModel'
  | 'tableName'
  | 'tenantRequired'
>;

/** Kept for code that imports it: every row of a batch is recorded, and the option is refused. */
export type AuditBatchOverflow = 'reject' | 'summary';
