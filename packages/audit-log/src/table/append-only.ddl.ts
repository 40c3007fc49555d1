import { ddl, lines, literal, name, type Ddl } from '../sql/ddl';
import type { AuditTable } from './audit-table';
import { runs, type FunctionDefinition } from './function.ddl';

/**
 * The function that refuses changes and removal of entries for everyone, the owner included. Pruning says in a setting that it is
 * the one who deletes; the application's role gains nothing by saying so, as it may not delete at all.
 *
 * @param audit - the audit table
 */
export function blockFunction(audit: AuditTable): FunctionDefinition {
  return {
    name: audit.blockFunction,
    returns: ddl`trigger`,
    attributes: runs.asOwner,
    body: blockBody(audit),
    comment: audit.functionComment,
  };
}

/**
 * The triggers on the audit table that call it.
 *
 * @param audit - the audit table
 */
export function appendOnlyDdl(audit: AuditTable): Ddl {
  const block = audit.in(audit.blockFunction);
  return lines([
    ddl`CREATE OR REPLACE TRIGGER ${name(audit.noUpdateTrigger)} BEFORE UPDATE ON ${audit.quoted} FOR EACH ROW EXECUTE FUNCTION ${block}();`,
    ddl`CREATE OR REPLACE TRIGGER ${name(audit.noDeleteTrigger)} BEFORE DELETE ON ${audit.quoted} FOR EACH ROW EXECUTE FUNCTION ${block}();`,
    ddl`CREATE OR REPLACE TRIGGER ${name(audit.noTruncateTrigger)} BEFORE TRUNCATE ON ${audit.quoted} FOR EACH STATEMENT EXECUTE FUNCTION ${block}();`,
  ]);
}

function blockBody(audit: AuditTable): Ddl {
  return ddl`
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('nestarc_audit.pruning', true) = ${literal(audit.display)} THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION USING ERRCODE = 'P0001', MESSAGE = TG_OP || ${literal(` on ${audit.display} is refused: its entries are never changed`)},
    HINT = 'Old entries are removed by AuditService.prune().';
END
`;
}
