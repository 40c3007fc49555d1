import type { TrackedTable } from '../capture/tracked-table';
import { ddl, join, literal, name } from '../sql/ddl';
import type { AuditTable } from '../table/audit-table';
import { rowsOf, type SqlTarget } from '../table/sql-target';
import type { TriggerFacts } from './expected-objects';

/** What PostgreSQL's catalog has. */
export interface InstalledObjects {
  /** The audit table; null when there is none. */
  readonly table: {
    readonly partitioned: boolean;
    readonly rowSecurity: boolean;
    readonly columns: readonly string[];
    /** Whether the role of this connection may read it. */
    readonly isReadable: boolean;
    /** Whether it may change it; that the owner may is not to be helped. */
    readonly isWritable: boolean;
    readonly blockers: readonly string[];
  } | null;
  /** The functions by name. */
  readonly functions: Readonly<
    Record<string, { readonly digest: string; readonly isDefiner: boolean; readonly isOpen: boolean }>
  >;
  readonly triggers: readonly TriggerFacts[];
  /** Which of the tracked tables exist, in their order. */
  readonly tables: readonly boolean[];
}

/**
 * Looks up what is installed. One round trip.
 *
 * @param target - what runs SQL
 * @param audit - the audit table
 * @param tables - the tracked tables
 */
export async function installedObjects(
  target: SqlTarget,
  audit: AuditTable,
  tables: readonly TrackedTable[],
): Promise<InstalledObjects> {
  const [row] = await rowsOf(target, lookup(audit, tables).text);
  return JSON.parse((row as { facts: string }).facts) as InstalledObjects;
}

const FUNCTIONS = (audit: AuditTable) =>
  ddl`SELECT p.oid, p.proname, p.prosrc, p.prosecdef, p.proowner, p.proacl FROM pg_catalog.pg_proc p
    WHERE pg_catalog.obj_description(p.oid, 'pg_proc') IN (${literal(audit.functionComment)}, ${literal(audit.captureComment)})`;

function lookup(audit: AuditTable, tables: readonly TrackedTable[]) {
  const exist = tables.map(
    (table) => ddl`pg_catalog.to_regclass(${literal(name(table.schema, table.table).text)}) IS NOT NULL`,
  );
  return ddl`WITH f AS (${FUNCTIONS(audit)})
SELECT pg_catalog.json_build_object(
  'table', (SELECT pg_catalog.json_build_object(
      'partitioned', c.relkind = 'p',
      'rowSecurity', c.relrowsecurity AND c.relforcerowsecurity,
      'columns', (SELECT pg_catalog.json_agg(a.attname) FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
      'isReadable', pg_catalog.has_table_privilege(c.oid, 'SELECT'),
      'isWritable', pg_catalog.has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER') AND NOT pg_catalog.pg_has_role(c.relowner, 'MEMBER'),
      'blockers', (SELECT COALESCE(pg_catalog.json_agg(t.tgname), '[]') FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND t.tgenabled IN ('O', 'A')))
    FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass(${literal(audit.quoted.text)})),
  'functions', (SELECT COALESCE(pg_catalog.json_object_agg(f.proname, pg_catalog.json_build_object(
      'digest', pg_catalog.md5(f.prosrc), 'isDefiner', f.prosecdef, 'isOpen', f.proacl IS NULL OR EXISTS (
        SELECT FROM pg_catalog.aclexplode(f.proacl) a WHERE a.grantee <> f.proowner))), '{}') FROM f),
  'triggers', (SELECT COALESCE(pg_catalog.json_agg(pg_catalog.json_build_object(
      'schema', n.nspname, 'table', c.relname, 'name', t.tgname, 'function', f.proname, 'type', t.tgtype, 'enabled', t.tgenabled,
      'old', t.tgoldtable, 'new', t.tgnewtable, 'conditional', t.tgqual IS NOT NULL)), '[]')
    FROM pg_catalog.pg_trigger t JOIN f ON f.oid = t.tgfoid
    JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE pg_catalog.left(t.tgname, 1) = '!'),
  'tables', ${exist.length === 0 ? ddl`'[]'::json` : ddl`pg_catalog.json_build_array(${join(exist)})`}
)::text AS facts`;
}
