import { contextVariables, entryId, idStem, orderSlot, readContext, sequence } from '../capture/capture-context';
import type { AuditSettings } from '../options/audit-sql.options';
import { ddl, type Ddl } from '../sql/ddl';
import type { AuditTable } from './audit-table';
import { runs, type FunctionDefinition } from './function.ddl';

/**
 * The functions that stand beside those of the tracked tables: the one that numbers statements, the one that writes entries of the
 * application's own, and the one that takes sensitive keys out of JSON.
 *
 * @param audit - the audit table
 * @param settings - names of the settings
 */
export function commonFunctions(audit: AuditTable, settings: AuditSettings): FunctionDefinition[] {
  const comment = audit.functionComment;
  return [
    {
      name: audit.orderFunction,
      returns: ddl`trigger`,
      attributes: runs.asOwner,
      body: orderBody(audit),
      comment,
    },
    {
      name: audit.logFunction,
      parameters: ddl`p_action text, p_target_type text, p_target_id text, p_metadata jsonb, p_result text`,
      types: ddl`text, text, text, jsonb, text`,
      returns: ddl`uuid`,
      attributes: runs.asOwner,
      body: logBody(audit, settings),
      comment,
    },
    {
      name: audit.redactFunction,
      parameters: ddl`p_value jsonb, p_keys text[]`,
      types: ddl`jsonb, text[]`,
      returns: ddl`jsonb`,
      attributes: ddl`IMMUTABLE ${runs.asCaller}`,
      body: redactBody(audit),
      comment,
    },
  ];
}

/**
 * Numbers a statement before it does anything. Triggers of others run before the one that records the statement, and what they do
 * to the same rows is recorded first; it has the higher number all the same.
 */
function orderBody(audit: AuditTable): Ddl {
  return ddl`
BEGIN
  PERFORM set_config(${orderSlot}, nextval(${sequence(audit)})::text, true);
  RETURN NULL;
END
`;
}

/** Whose entry it is and who made it is what the connection says, never what the caller passes. */
function logBody(audit: AuditTable, settings: AuditSettings): Ddl {
  return ddl`
#variable_conflict use_variable
DECLARE
${contextVariables(settings)}
  v_id_stem text := ${idStem};
  v_seq bigint := nextval(${sequence(audit)}) << 20;
  v_id uuid := ${entryId(ddl`v_seq`)};
BEGIN
${readContext}
  INSERT INTO ${audit.quoted} (id, seq, tenant_id, actor_id, actor_type, actor_ip, action, target_type, target_id, source, metadata,
    result, request_id, correlation_id, on_behalf_of, reason, operation_id)
  VALUES (v_id, v_seq, v_tenant, v_actor, v_actor_type, v_ip, p_action, p_target_type, p_target_id, 'manual',
    CASE WHEN p_metadata IS NULL THEN v_metadata ELSE COALESCE(v_metadata, '{}') || p_metadata END,
    COALESCE(p_result, 'success'), v_request, v_correlation, v_on_behalf, v_reason, v_operation_id);
  RETURN v_id;
END
`;
}

function redactBody(audit: AuditTable): Ddl {
  const self = audit.in(audit.redactFunction);
  return ddl`
BEGIN
  RETURN CASE jsonb_typeof(p_value)
    WHEN 'object' THEN (
      SELECT COALESCE(jsonb_object_agg(e.key, CASE WHEN translate(lower(e.key), '_-', '') = ANY (p_keys)
        THEN '{"redacted": true}'::jsonb ELSE ${self}(e.value, p_keys) END), '{}') FROM jsonb_each(p_value) e)
    WHEN 'array' THEN (
      SELECT COALESCE(jsonb_agg(${self}(e.value, p_keys) ORDER BY e.ordinality), '[]')
        FROM jsonb_array_elements(p_value) WITH ORDINALITY e)
    ELSE p_value END;
END
`;
}
