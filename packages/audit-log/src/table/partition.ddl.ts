import { ddl, derivedName, integer, lines, literal, type Ddl } from '../sql/ddl';
import type { AuditTable } from './audit-table';
import { runs, type FunctionDefinition } from './function.ddl';

/** The longest ending of a partition's name. */
const ENDING = '_y0000m00';

/** How long making a partition waits for those who read or write the default partition, before it fails. */
const LOCK_TIMEOUT = '5s';

/**
 * The functions that make partitions, close them to everyone, and tell how they are.
 *
 * @param audit - the audit table
 */
export function partitionFunctions(audit: AuditTable): FunctionDefinition[] {
  const comment = audit.functionComment;
  return [
    {
      name: audit.sealFunction,
      parameters: ddl`part regclass`,
      types: ddl`regclass`,
      returns: ddl`void`,
      attributes: runs.asCaller,
      body: sealBody(audit),
      comment,
    },
    {
      name: audit.partitionsFunction,
      parameters: ddl`ahead integer`,
      types: ddl`integer`,
      returns: ddl`SETOF text`,
      attributes: ddl`${runs.asOwner} SET lock_timeout = ${literal(LOCK_TIMEOUT)}`,
      body: partitionsBody(audit),
      comment,
    },
    {
      name: audit.stateFunction,
      parameters: ddl`OUT months_ahead integer, OUT stray_entries bigint`,
      attributes: runs.asOwner,
      body: stateBody(audit),
      comment,
    },
  ];
}

/**
 * The partition for rows whose month has none.
 *
 * @param audit - the audit table
 */
export function defaultPartitionDdl(audit: AuditTable): Ddl {
  return ddl`CREATE TABLE IF NOT EXISTS ${audit.in(audit.defaultPartition)} PARTITION OF ${audit.quoted} DEFAULT;`;
}

/**
 * Makes the partitions that are to be there from the start, and closes all that are there.
 *
 * @param audit - the audit table
 * @param ahead - for how many months after the present one
 */
export function firstPartitions(audit: AuditTable, ahead: number): Ddl {
  return lines([
    ddl`SELECT ${audit.in(audit.partitionsFunction)}(${integer(ahead)});`,
    ddl`SELECT ${audit.in(audit.sealFunction)}(inhrelid) FROM pg_catalog.pg_inherits WHERE inhparent = ${literal(audit.quoted.text)}::regclass;`,
  ]);
}

/** A partition is a table of its own: without this, who may read new tables would read everybody's entries in it. */
function sealBody(audit: AuditTable): Ddl {
  return ddl`
DECLARE
  v_grantee text;
BEGIN
  FOR v_grantee IN
    SELECT DISTINCT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
      FROM pg_class c CROSS JOIN aclexplode(c.relacl) a WHERE c.oid = part AND a.grantee <> c.relowner
  LOOP
    EXECUTE format('REVOKE ALL ON TABLE %s FROM %s', part, v_grantee);
  END LOOP;
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', part);
  EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION %s()',
    ${literal(audit.noTruncateTrigger)}, part, ${literal(audit.in(audit.blockFunction).text)});
END
`;
}

/**
 * ATTACH lets others write meanwhile, CREATE … PARTITION OF does not. The CHECK spares PostgreSQL the scan of the new partition. Rows
 * of its month that are in the default partition move over before, as ATTACH would refuse them, and none may come meanwhile.
 */
function partitionsBody(audit: AuditTable): Ddl {
  return ddl`
DECLARE
  v_parent text := ${literal(audit.quoted.text)};
  v_default text := ${literal(audit.in(audit.defaultPartition).text)};
  v_first date := date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC');
  v_month date;
  v_from text;
  v_to text;
  v_name text;
  v_quoted text;
BEGIN
  IF ahead IS NULL OR ahead NOT BETWEEN 0 AND 120 THEN
    RAISE EXCEPTION 'ahead must be between 0 and 120' USING ERRCODE = '22023';
  END IF;
  -- Two runs at once would make the same partitions.
  PERFORM pg_advisory_xact_lock(hashtextextended(v_parent, 0));
  FOR v_month IN
    SELECT (v_first + make_interval(months => n))::date AS m FROM generate_series(0, ahead) n
    UNION
    SELECT date_trunc('month', created_at AT TIME ZONE 'UTC')::date FROM ${audit.in(audit.defaultPartition)}
    ORDER BY m
  LOOP
    v_name := ${partitionName(audit, ddl`v_month`)};
    v_quoted := format('%I.%I', ${literal(audit.schema)}, v_name);
    CONTINUE WHEN to_regclass(v_quoted) IS NOT NULL;
    v_from := v_month::text || ' 00:00:00+00';
    v_to := (v_month + interval '1 month')::date::text || ' 00:00:00+00';
    EXECUTE format('LOCK TABLE %s IN SHARE UPDATE EXCLUSIVE MODE', v_parent);
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', v_default);
    EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS, CONSTRAINT month CHECK (created_at >= %L AND created_at < %L))',
      v_quoted, v_parent, v_from, v_to);
    PERFORM set_config('nestarc_audit.pruning', ${literal(audit.display)}, true);
    EXECUTE format('WITH moved AS (DELETE FROM %s WHERE created_at >= %L AND created_at < %L RETURNING *) INSERT INTO %s SELECT * FROM moved',
      v_default, v_from, v_to, v_quoted);
    PERFORM set_config('nestarc_audit.pruning', '', true);
    EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)', v_parent, v_quoted, v_from, v_to);
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT month', v_quoted);
    PERFORM ${audit.in(audit.sealFunction)}(v_quoted::regclass);
    RETURN NEXT v_name;
  END LOOP;
END
`;
}

function partitionName(audit: AuditTable, month: Ddl): Ddl {
  const stem = derivedName(audit.table, ENDING).slice(0, -ENDING.length);
  return ddl`${literal(`${stem}_y`)} || to_char(${month}, 'YYYY"m"MM')`;
}

function stateBody(audit: AuditTable): Ddl {
  return ddl`
DECLARE
  v_first date := date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC');
BEGIN
  months_ahead := -1;
  WHILE to_regclass(format('%I.%I', ${literal(audit.schema)}, ${partitionName(audit, ddl`v_first + make_interval(months => months_ahead + 1)`)})) IS NOT NULL LOOP
    months_ahead := months_ahead + 1;
  END LOOP;
  SELECT count(*) FROM ${audit.in(audit.defaultPartition)} INTO stray_entries;
END
`;
}
