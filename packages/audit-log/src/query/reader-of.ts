import {
  createContext,
  currentContext,
  InvalidOptionsError,
  parseTenantId,
  type RequestContext,
  TenantContextMissingError,
} from '@nestarc/core';
import { sql, type SqlFragment } from '@nestarc/postgres';
import { AuditorRequiredError, AuditTenantMismatchError } from '../errors/audit-read.errors';
import type { ResolvedAuditServiceOptions } from '../options/audit-service.options';
import { auditTableOf } from '../options/audit-service-options.schema';
import type { AuditDatabase } from '../service/audit-database';
import { manualEntry } from '../service/manual-entry';
import { typed } from '../service/value.sql';
import { derivedName } from '../sql/ddl';
import type { AuditTable } from '../table/audit-table';
import { AuditReader } from './audit-reader';
import type { AuditReadScope } from './read-scope';

/** The databases that entries are read from. */
export interface AuditSources {
  /** As the application. */
  readonly own: AuditDatabase;
  /** As an auditor. */
  readonly auditor: AuditDatabase | undefined;
  /** The resolved options. */
  readonly options: ResolvedAuditServiceOptions;
}

/**
 * Settles a reading.
 *
 * @param owner - what was called
 * @param sources - the databases
 * @param scope - whose entries
 * @throws InvalidOptionsError when a tenant and all tenants are asked for
 * @throws TenantContextMissingError when nobody says whose entries
 * @throws AuditTenantMismatchError for another tenant than that of the context
 * @throws AuditorRequiredError for all tenants, without an auditor
 */
export function readerOf(owner: string, sources: AuditSources, { tenantId, allTenants }: AuditReadScope): AuditReader {
  if (allTenants === true) {
    if (tenantId === undefined) return ofAll(owner, sources);
    throw new InvalidOptionsError(owner, [{ path: 'allTenants', message: 'tenantId is given as well' }]);
  }
  const context = currentContext();
  const ambient = context?.mode === 'bypass' ? undefined : context?.tenantId;
  const wanted = tenantId === undefined ? ambient : parseTenantId(tenantId);
  if (wanted === undefined) return ofNone(sources, context);
  if (ambient !== undefined && ambient !== wanted) throw new AuditTenantMismatchError();
  const own = ambient === wanted && context !== undefined ? context : undefined;
  const scoped = own ?? createContext({ ...context, mode: 'tenant', tenantId: wanted });
  return new AuditReader({ ...base(sources), context: scoped, where: sql`e.tenant_id = ${typed.text(wanted)}` });
}

const base = ({ own, options }: AuditSources): { readonly table: AuditTable; readonly database: AuditDatabase } => ({
  table: auditTableOf(options),
  database: own,
});

function ofNone(sources: AuditSources, context: RequestContext | undefined): AuditReader {
  if (sources.options.tenantRequired) {
    throw new TenantContextMissingError(
      'No tenant context available: the audit log is read for a tenant (tenantId), or for all (allTenants)',
    );
  }
  const without = createContext({ ...context, mode: 'bypass' });
  return new AuditReader({ ...base(sources), context: without, where: sql`e.tenant_id IS NULL` });
}

/** Who reads everything is recorded before the first entry is shown, and on the auditors' own connection: no rollback undoes it. */
function ofAll(owner: string, sources: AuditSources): AuditReader {
  const { auditor, options } = sources;
  if (auditor === undefined) throw new AuditorRequiredError('client');
  const context = createContext({ ...currentContext(), mode: 'bypass' });
  const announce = async (reader: AuditReader): Promise<void> => {
    if (!(await reader.run<boolean>(isAuditor(reader.table)))) throw new AuditorRequiredError('role');
    const entry = { action: 'Audit.readAllTenants', metadata: { operation: owner } };
    await reader.run(manualEntry(reader.table, entry, options));
  };
  return new AuditReader({ ...base(sources), database: auditor, context, where: sql`true`, announce });
}

function isAuditor(audit: AuditTable): SqlFragment {
  const table = typed.text(audit.quoted.text);
  return sql`SELECT (NOT pg_catalog.row_security_active(${table}::regclass) OR EXISTS (
    SELECT FROM pg_catalog.pg_policy p CROSS JOIN LATERAL pg_catalog.unnest(p.polroles) r
     WHERE p.polrelid = ${table}::regclass AND p.polname::text IN (${typed.text(derivedName(audit.table, '_auditors'))}, ${typed.text(
       derivedName(audit.table, '_owner'),
     )}) AND r <> 0 AND pg_catalog.pg_has_role(r, 'USAGE')))::text AS answer`;
}
