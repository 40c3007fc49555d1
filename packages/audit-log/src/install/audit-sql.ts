import { ModelMetadata } from '@nestarc/prisma';
import type { AuditSqlOptions } from '../options/audit-sql.options';
import { resolveAuditSqlOptions } from '../options/audit-sql-options.schema';
import { installationOf } from './installation';

/**
 * Makes the SQL that has PostgreSQL record every change of the tracked models, in the transaction of the change: the audit
 * table with its partitions, functions and policies, and the triggers. Run it in a migration, as the owner of the tables. Run
 * again it mends what is different, and takes the triggers off models that are not tracked any more.
 *
 * @param source - a Prisma client, or what it knows about its schema
 * @param options - see {@link AuditSqlOptions}. Defaults to all models
 * @throws InvalidOptionsError for options that are none
 * @throws AuditModelUnknownError for a model that the schema does not have
 * @throws AuditPrimaryKeyMissingError for a model without a primary key
 */
export function auditSql(source: unknown, options: AuditSqlOptions = {}): string {
  return installationOf(metadataOf(source), resolveAuditSqlOptions(options)).sql;
}

/**
 * Gives the metadata of a client.
 *
 * @param source - the client, or its metadata
 */
export function metadataOf(source: unknown): ModelMetadata {
  return source instanceof ModelMetadata ? source : ModelMetadata.of(source);
}
