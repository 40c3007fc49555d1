import { block, ddl, derivedName, integer, join, lines, literal, name, NOTHING, type Ddl } from '../sql/ddl';
import type { AuditTable } from './audit-table';

/** Where the entries begin that this version writes; raised when what they hold changes its meaning. */
const SCHEMA_VERSION = 1;

/** What entries have that were there before, by which readings tell that they have no images. */
const PUBLISHED_VERSION = 0;

/**
 * The columns: those of `@nestarc/audit-log` as it was published first, then ours. The former can stay where they are.
 *
 * @param audit - the audit table
 * @param version - what rows have as `schema_version` that do not say so. Defaults to that of this version
 */
function columns(audit: AuditTable, version = SCHEMA_VERSION): readonly (readonly [string, Ddl])[] {
  const next = ddl`nextval(${literal(audit.in(audit.sequence).text)}::regclass) << 20`;
  return [
    ['id', ddl`uuid NOT NULL DEFAULT gen_random_uuid()`],
    ['tenant_id', ddl`text COLLATE "C"`],
    ['actor_id', ddl`text`],
    ['actor_type', ddl`text NOT NULL DEFAULT 'user'`],
    ['actor_ip', ddl`text`],
    ['action', ddl`text NOT NULL`],
    ['target_type', ddl`text COLLATE "C"`],
    ['target_id', ddl`text COLLATE "C"`],
    ['source', ddl`text NOT NULL DEFAULT 'auto'`],
    ['changes', ddl`jsonb`],
    ['metadata', ddl`jsonb`],
    ['result', ddl`text NOT NULL DEFAULT 'success'`],
    ['created_at', ddl`timestamptz NOT NULL DEFAULT clock_timestamp()`],
    ['seq', ddl`bigint NOT NULL DEFAULT ${next}`],
    ['xid', ddl`xid8 NOT NULL DEFAULT pg_current_xact_id()`],
    ['op', ddl`text`],
    ['record', ddl`jsonb`],
    ['old', ddl`jsonb`],
    ['new', ddl`jsonb`],
    ['request_id', ddl`text COLLATE "C"`],
    ['correlation_id', ddl`text`],
    ['on_behalf_of', ddl`jsonb`],
    ['reason', ddl`text`],
    ['operation_id', ddl`text`],
    ['schema_version', ddl`int NOT NULL DEFAULT ${integer(version)}`],
  ];
}

/** Names of the columns of the audit table, in their order. */
export const auditColumns = (audit: AuditTable): readonly string[] => columns(audit).map(([column]) => column);

/**
 * What the table is read by, beside its primary key: each costs 2 to 4 µs of every entry written.
 *
 * @param audit - the audit table
 * @param searchIndexes - whether lists of one actor, of one kind of action, and of all tenants have indexes of their own
 */
function indexes(audit: AuditTable, searchIndexes: boolean): readonly Ddl[] {
  const index = (purpose: string, on: Ddl): Ddl =>
    ddl`CREATE INDEX IF NOT EXISTS ${name(derivedName(audit.table, `_${purpose}_idx`))} ON ${audit.quoted} ${on};`;
  return [
    // A tenant's list, newest first.
    index('tenant_created', ddl`(tenant_id, created_at)`),
    // A tenant's export, in the order of transactions.
    index('tenant_order', ddl`(tenant_id, xid, seq)`),
    // The history of a row.
    index('target', ddl`(target_id, target_type)`),
    // What a request has changed.
    index('request', ddl`(request_id) WHERE request_id IS NOT NULL`),
    ...(searchIndexes
      ? [
          index('actor', ddl`(tenant_id, actor_id, created_at)`),
          index('action', ddl`(tenant_id, action text_pattern_ops, created_at)`),
          index('created', ddl`(created_at)`),
        ]
      : []),
  ];
}

/** A table that was there before has a primary key of its own. */
function orderIndex(audit: AuditTable): Ddl {
  return block(ddl`
BEGIN
  IF NOT EXISTS (
    SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
     WHERE i.indrelid = ${literal(audit.quoted.text)}::pg_catalog.regclass AND a.attname = 'xid') THEN
    CREATE INDEX ${name(derivedName(audit.table, '_order_idx'))} ON ${audit.quoted} (xid, seq);
  END IF;
END
`);
}

/**
 * The audit table with its columns and indexes. A table that is there already gets what it lacks.
 *
 * @param audit - the audit table
 * @param options - whether it has partitions, and indexes to search by
 */
export function tableDdl(
  audit: AuditTable,
  { partitioned, searchIndexes }: { readonly partitioned: boolean; readonly searchIndexes: boolean },
): Ddl {
  const rule = (verb: string): Ddl => name(derivedName(audit.table, `_no_${verb}`));
  const [key, by] = partitioned
    ? [ddl`xid, seq, created_at`, ddl` PARTITION BY RANGE (created_at)`]
    : [ddl`xid, seq`, NOTHING];
  return lines([
    ddl`CREATE SEQUENCE IF NOT EXISTS ${audit.in(audit.sequence)};`,
    ddl`CREATE TABLE IF NOT EXISTS ${audit.quoted} (
  ${join(
    columns(audit).map(([column, type]) => ddl`${name(column)} ${type}`),
    ',\n  ',
  )},
  PRIMARY KEY (${key})
)${by};`,
    ddl`ALTER TABLE ${audit.quoted}
  ${join(
    columns(audit, PUBLISHED_VERSION).map(([column, type]) => ddl`ADD COLUMN IF NOT EXISTS ${name(column)} ${type}`),
    ',\n  ',
  )};`,
    ddl`ALTER TABLE ${audit.quoted} ALTER COLUMN created_at SET DEFAULT clock_timestamp(),
  ALTER COLUMN schema_version SET DEFAULT ${integer(SCHEMA_VERSION)};`,
    // By the published option "rule": they let changes pass by in silence, and pruning, too.
    ...['update', 'delete'].map((verb) => ddl`DROP RULE IF EXISTS ${rule(verb)} ON ${audit.quoted};`),
    ddl`ALTER SEQUENCE ${audit.in(audit.sequence)} OWNED BY ${audit.quoted}.seq;`,
    layoutCheck(audit, partitioned),
    ...indexes(audit, searchIndexes),
    orderIndex(audit),
  ]);
}

/** Rows cannot be moved into partitions behind anybody's back. */
function layoutCheck(audit: AuditTable, partitioned: boolean): Ddl {
  const [kind, expected] = partitioned ? ['p', 'has no partitions'] : ['r', 'has partitions'];
  return block(ddl`
BEGIN
  IF (SELECT relkind FROM pg_catalog.pg_class WHERE oid = ${literal(audit.quoted.text)}::pg_catalog.regclass) <> ${literal(kind)} THEN
    RAISE EXCEPTION USING MESSAGE = ${literal(`${audit.display} ${expected}: set the option "partitioned" to ${String(!partitioned)}, or choose another tableName`)};
  END IF;
END
`);
}
