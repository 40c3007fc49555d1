import { ddl } from '../sql/ddl';
import type { AuditTable } from './audit-table';
import { type FunctionDefinition, runs } from './function.ddl';

/**
 * The function that tells when a table was emptied: TRUNCATE takes rows of all tenants, so its entry is of none, and no tenant
 * would see that its rows are gone. Nothing else of the entry is told.
 *
 * @param audit - the audit table
 */
export function truncationsFunction(audit: AuditTable): FunctionDefinition {
  return {
    name: audit.truncationsFunction,
    parameters: ddl`p_target_type text, OUT emptied_at timestamptz, OUT in_request text`,
    types: ddl`text`,
    returns: ddl`SETOF record`,
    attributes: ddl`STABLE ${runs.asOwner}`,
    body: ddl`
BEGIN
  RETURN QUERY SELECT e.created_at, e.request_id FROM ${audit.quoted} e
    WHERE e.target_id IS NULL AND e.target_type = p_target_type AND e.op = 'truncate';
END
`,
    comment: audit.functionComment,
  };
}
