import { quoteIdentifier } from '@nestarc/postgres';
import type { SqlPort } from './client-port';

/** A column of a table. */
export interface Column {
  readonly name: string;
  /** Its type, as a cast names it. */
  readonly type: string;
  /** False for columns that PostgreSQL computes. */
  readonly writable: boolean;
  /** Whether it belongs to the primary key. */
  readonly key: boolean;
}

/** A foreign key. */
export interface Reference {
  readonly name: string;
  /** The table referred to, as {@link Table.id}. */
  readonly table: string;
  readonly columns: readonly string[];
  readonly targets: readonly string[];
}

/** A table, as the database describes it. */
export interface Table {
  /** Its name as SQL takes it: quoted, and with the schema where it needs one. */
  readonly id: string;
  /** Its name. */
  readonly name: string;
  readonly schema: string;
  readonly columns: readonly Column[];
  readonly references: readonly Reference[];
  /** Whether the role may TRUNCATE it, which row-level security does not see. */
  readonly truncatable: boolean;
}

/** Sees every table of the database, whether the role may use it or not. */
const TABLES = `
  SELECT jsonb_build_object(
    'id', c.oid::regclass::text, 'name', c.relname, 'schema', n.nspname,
    'columns', (
      SELECT jsonb_agg(jsonb_build_object(
               'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
               'writable', a.attgenerated = '', 'key', coalesce(a.attnum = ANY (i.indkey), false)) ORDER BY a.attnum)
        FROM pg_catalog.pg_attribute a LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary
       WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
    'references', (
      SELECT jsonb_agg(jsonb_build_object('name', k.conname, 'table', k.confrelid::regclass::text,
               'columns', (SELECT jsonb_agg(a.attname ORDER BY u.at) FROM unnest(k.conkey) WITH ORDINALITY u (n, at)
                             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n),
               'targets', (SELECT jsonb_agg(a.attname ORDER BY u.at) FROM unnest(k.confkey) WITH ORDINALITY u (n, at)
                             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n)))
        FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f'),
    'truncatable', has_table_privilege(c.oid, 'TRUNCATE')) AS "table"
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
     AND n.nspname !~ '^(pg_|information_schema$)'
   ORDER BY c.oid`;

/**
 * Reads the tables of the database.
 *
 * @param sql - where to run the query
 */
export async function readTables(sql: SqlPort): Promise<readonly Table[]> {
  const rows = (await sql.rows(TABLES)) as readonly { readonly table: Table & { references: Reference[] | null } }[];
  return rows.map(({ table }) => ({ ...table, references: table.references ?? [], columns: table.columns ?? [] }));
}

/**
 * Writes a condition or an assignment: one comparison for each column, with parameters counted from a number on.
 *
 * @param table - whose columns
 * @param names - names of columns
 * @param separator - `AND` or a comma
 * @param first - number of the first parameter
 */
export function comparisons(table: Table, names: readonly string[], separator: string, first = 1): string {
  return names
    .map((name, index) => `${quoteIdentifier(name)} = ${parameter(table, name, first + index)}`)
    .join(` ${separator} `);
}

/**
 * Writes a parameter of the type of a column; clients disagree about the type of a bare text.
 *
 * @param table - whose column
 * @param name - name of the column
 * @param number - number of the parameter
 */
export function parameter(table: Table, name: string, number: number): string {
  const type = table.columns.find((column) => column.name === name)?.type ?? 'text';
  return `$${number}::text::${type}`;
}
