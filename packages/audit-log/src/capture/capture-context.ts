import { ddl, literal, type Ddl } from '../sql/ddl';
import type { AuditSettings } from '../options/audit-sql.options';
import type { AuditTable } from '../table/audit-table';

const setting = (key: string): Ddl => ddl`NULLIF(current_setting(${literal(key)}, true), '')`;

/**
 * What a capture function knows of the statement it is called for: the context that travels with it, read once. A setting is
 * read in 0.3 µs, which would be paid for every row if it stood in the INSERT.
 *
 * @param settings - names of the settings
 */
export function contextVariables(settings: AuditSettings): Ddl {
  return ddl`  v_tenant text := ${setting(settings.tenant)};
  v_actor text := ${setting(settings.actorId)};
  v_actor_type text := COALESCE(${setting(settings.actorType)}, 'system');
  v_request text := ${setting(settings.requestId)};
  v_operation text := ${setting(settings.operation)};
  v_operation_id text := ${setting(settings.operationId)};
  v_given text := ${setting(settings.context)};
  v_context jsonb;
  v_metadata jsonb;
  v_on_behalf jsonb;
  v_action text;
  v_ip text;
  v_correlation text;
  v_reason text;`;
}

/**
 * Reads what else the context says. Text that is no JSON fails the statement: an entry without what it was to say would be worse.
 */
export const readContext: Ddl = ddl`  IF v_given IS NOT NULL THEN
    v_context := v_given::jsonb;
    v_metadata := NULLIF(v_context -> 'metadata', 'null');
    v_on_behalf := NULLIF(v_context -> 'onBehalfOf', 'null');
    v_action := v_context ->> 'action';
    v_ip := v_context ->> 'actorIp';
    v_correlation := v_context ->> 'correlationId';
    v_reason := v_context ->> 'reason';
  END IF;
  IF v_actor IS NULL THEN
    v_metadata := COALESCE(v_metadata, '{}') || jsonb_build_object('dbRole', session_user::text);
  END IF;`;

/**
 * Declares where the order of a statement is kept, and reads it. The order trigger has put it there before the statement did
 * anything; rows that foreign keys take along have none, and come after what took them.
 *
 * Whoever has SQL access can write into the setting, while the statement runs. So a number counts only where this session can
 * have drawn it: one of 0 or less would stand before everything that readers of the order begin after.
 *
 * @param audit - the audit table
 */
export function orderVariables(audit: AuditTable): Ddl {
  return ddl`  v_slot text := ${orderSlot};
  v_id_stem text := ${idStem};
  v_drawn bigint := NULLIF(current_setting(v_slot, true), '')::bigint;
  v_seq bigint := CASE WHEN v_drawn IS NULL OR v_drawn <= 0 OR v_drawn > currval(${sequence(audit)})
    THEN nextval(${sequence(audit)}) ELSE v_drawn END << 20;`;
}

/**
 * Clears the place of the statement's order, and that of one level further down: what foreign keys do has its order drawn within
 * their trigger, and is recorded when they are done, one level up. The number that is left there would be taken for that of a
 * later statement. No statement is under way further down while this one is recorded.
 */
export const clearOrder: Ddl = ddl`  PERFORM set_config(v_slot, '', true), set_config(${slotAt(ddl`(pg_trigger_depth() + 1)`)}, '', true);`;

/** What the ids of all entries of a transaction begin with. */
export const idStem: Ddl = ddl`lpad(to_hex(pg_current_xact_id()::text::bigint), 12, '0') || '8000'`;

/**
 * The id of an entry is its place in the order, in the form of a UUID of version 8: 48 bits of transaction, 62 of number. So the
 * index that entries are read in order by finds them by id, too; one of its own, of random ids, took 4 µs an entry.
 *
 * @param seq - the number of the entry
 */
export function entryId(seq: Ddl): Ddl {
  return ddl`(v_id_stem || to_hex(${seq} | (-9223372036854775808)))::uuid`;
}

function slotAt(depth: Ddl): Ddl {
  return ddl`'nestarc_audit.o' || ${depth} || '_' || TG_RELID || '_' || TG_OP`;
}

/** The setting that keeps the order of the statement which a trigger function is called for. */
export const orderSlot: Ddl = slotAt(ddl`pg_trigger_depth()`);

/**
 * The sequence of the audit table, as its functions take it.
 *
 * @param audit - the audit table
 */
export function sequence(audit: AuditTable): Ddl {
  return ddl`${literal(audit.in(audit.sequence).text)}::regclass`;
}
