import { ddl, literal, type Ddl } from '../sql/ddl';
import type { AuditTable } from './audit-table';
import type { FunctionDefinition } from './function.ddl';

/** Bounds of partitions are read as text, which depends on the time zone and the style of dates. */
const AS_OWNER = ddl`SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, YMD'`;

/**
 * The functions that tell what is old enough to be removed, and remove it: with the rights of the owner, and nothing but what
 * they were made for. So who prunes need not own anything.
 *
 * @param audit - the audit table
 * @param partitioned - whether it has partitions
 */
export function pruneFunctions(audit: AuditTable, partitioned: boolean): FunctionDefinition[] {
  const comment = audit.functionComment;
  return [
    {
      name: audit.prunableFunction,
      parameters: ddl`p_older_than timestamptz, OUT part text, OUT is_whole boolean`,
      types: ddl`timestamptz`,
      returns: ddl`SETOF record`,
      attributes: AS_OWNER,
      body: partitioned ? prunablePartitions(audit) : prunableTable(audit),
      comment,
    },
    {
      name: audit.pruneFunction,
      parameters: ddl`p_part text, p_older_than timestamptz, p_detach boolean, p_limit integer, p_checkpoints jsonb`,
      types: ddl`text, timestamptz, boolean, integer, jsonb`,
      returns: ddl`bigint`,
      attributes: AS_OWNER,
      body: pruneBody(audit),
      comment,
    },
  ];
}

/**
 * Partitions whose month is over, oldest first; then the default one, where there are old entries in it. Names come from the
 * catalog and are quoted there, whatever they are like.
 */
function prunablePartitions(audit: AuditTable): Ddl {
  return ddl`
BEGIN
  RETURN QUERY SELECT p.name, true FROM (
    SELECT format('%I.%I', n.nspname, c.relname) AS name,
           substring(pg_get_expr(c.relpartbound, c.oid) FROM $re$ TO [(]'([^']+)'[)]$re$)::timestamptz AS upper
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE i.inhparent = ${literal(audit.quoted.text)}::regclass) p
   WHERE p.upper <= p_older_than ORDER BY p.upper;
  IF EXISTS (SELECT FROM ${audit.in(audit.defaultPartition)} e WHERE e.created_at < p_older_than) THEN
    RETURN QUERY SELECT ${literal(audit.in(audit.defaultPartition).text)}, false;
  END IF;
END
`;
}

function prunableTable(audit: AuditTable): Ddl {
  return ddl`
BEGIN
  IF EXISTS (SELECT FROM ${audit.quoted} e WHERE e.created_at < p_older_than) THEN
    RETURN QUERY SELECT ${literal(audit.quoted.text)}, false;
  END IF;
END
`;
}

/**
 * Answers with the number of entries, or -1 where a checkpoint has not got as far as they go. A limit of 0 counts and removes
 * nothing. Entries are counted before the table is locked: nobody writes into a month that is over.
 *
 * The parent is locked first, as writers do; the other way round would be a deadlock. A detached partition loses the triggers
 * that it had from its parent, and gets its own, so that what is archived stays as it is, too.
 */
function pruneBody(audit: AuditTable): Ddl {
  return ddl`
DECLARE
  v_whole boolean := (SELECT f.is_whole FROM ${audit.in(audit.prunableFunction)}(p_older_than) f WHERE f.part = p_part);
  v_condition text := CASE WHEN v_whole THEN 'true' ELSE format('e.created_at < %L', p_older_than) END;
  v_count bigint;
  v_behind boolean;
BEGIN
  IF v_whole IS NULL THEN RETURN 0; END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended(${literal(audit.quoted.text)}, 1));
  EXECUTE format('SELECT EXISTS (SELECT FROM jsonb_array_elements(COALESCE($1, ''[]'')) c
      WHERE EXISTS (SELECT FROM %s e WHERE (e.xid, e.seq) > ((c->>0)::xid8, (c->>1)::bigint) AND %s))', p_part, v_condition)
    INTO v_behind USING p_checkpoints;
  IF v_behind THEN RETURN -1; END IF;
  IF p_limit <= 0 THEN
    EXECUTE format('SELECT count(*) FROM %s e WHERE %s', p_part, v_condition) INTO v_count;
    RETURN v_count;
  END IF;
  IF v_whole THEN
    EXECUTE format('SELECT count(*) FROM %s', p_part) INTO v_count;
    LOCK TABLE ${audit.quoted} IN ACCESS EXCLUSIVE MODE;
    IF p_detach THEN
      EXECUTE format('ALTER TABLE %s DETACH PARTITION %s', ${literal(audit.quoted.text)}, p_part);
      EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION %s()',
        ${literal(audit.noUpdateTrigger)}, p_part, ${literal(audit.in(audit.blockFunction).text)});
      EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE DELETE ON %s FOR EACH ROW EXECUTE FUNCTION %s()',
        ${literal(audit.noDeleteTrigger)}, p_part, ${literal(audit.in(audit.blockFunction).text)});
    ELSE
      EXECUTE format('DROP TABLE %s', p_part);
    END IF;
  ELSE
    PERFORM set_config('nestarc_audit.pruning', ${literal(audit.display)}, true);
    EXECUTE format('DELETE FROM %s WHERE ctid = ANY (ARRAY(SELECT e.ctid FROM %s e WHERE %s ORDER BY e.xid, e.seq LIMIT $1))',
      p_part, p_part, v_condition) USING p_limit;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    PERFORM set_config('nestarc_audit.pruning', '', true);
  END IF;
  IF v_count > 0 OR v_whole THEN
    PERFORM ${audit.in(audit.logFunction)}('Audit.pruned', 'AuditPartition', p_part, jsonb_build_object('entries', v_count,
      'olderThan', p_older_than, 'mode', CASE WHEN v_whole AND p_detach THEN 'detach' ELSE 'drop' END), NULL);
  END IF;
  RETURN v_count;
END
`;
}
