import { quoteIdentifier } from '@nestarc/postgres';
import { columnList, doBlock, literal } from './ddl';
import type { TableName } from './table-name';

/** A unique index among active rows. */
export interface ActiveKey {
  /** Its table. */
  readonly table: TableName;
  /** Its columns. */
  readonly columns: readonly string[];
  /** The column that marks deleted rows. */
  readonly deletedAt: string;
  /** Its name. */
  readonly name: string;
}

/**
 * Makes such an index in place of those among all rows. What the schema does not tell is asked of the catalogs: what these are
 * called and say besides (NULLS NOT DISTINCT, INCLUDE, collations), and who else relies on them. A full index goes only where one
 * among active rows is there that says the same.
 *
 * @param key - the index
 */
export function replacement({ table, columns, deletedAt, name }: ActiveKey): string {
  const mark = quoteIdentifier(deletedAt);
  const names = columns.map(literal).join(', ');
  const amongActive = `i.indisvalid AND pg_catalog.pg_get_expr(i.indpred, i.indrelid) = '(' || pg_catalog.quote_ident(${literal(deletedAt)}) || ' IS NULL)'`;
  const make = `CREATE UNIQUE INDEX ${quoteIdentifier(name)}`;
  return doBlock(`DECLARE
  found record;
  there text[];
  is_kept boolean := false;
BEGIN
  there := ARRAY(${uniqueIndexes(table, names, 'SELECT x.says', amongActive)});
  FOR found IN
    ${uniqueIndexes(table, names, FULL, 'i.indpred IS NULL')}
     ORDER BY index_name
  LOOP
    IF found.is_deferrable THEN
      RAISE NOTICE 'The index % stays: it is checked later than at once, which one with a condition cannot be', found.index_name;
      is_kept := true;
      CONTINUE;
    END IF;
    IF pg_catalog.cardinality(there) = 0 THEN
      EXECUTE ${literal(make)} || found.rest || ${literal(` WHERE ${mark} IS NULL`)};
      there := ARRAY[found.says];
    END IF;
    IF found.is_relied_on THEN
      RAISE NOTICE 'The index % stays: a foreign key or replication relies on it', found.index_name;
    ELSIF found.says <> ALL (there) THEN
      RAISE NOTICE 'The index % stays: the one among active rows says something else', found.index_name;
    ELSIF found.constraint_name IS NOT NULL THEN
      EXECUTE ${literal(`ALTER TABLE ${table.sql} DROP CONSTRAINT `)} || pg_catalog.quote_ident(found.constraint_name);
    ELSE
      EXECUTE 'DROP INDEX ' || found.index_name;
    END IF;
  END LOOP;
  IF pg_catalog.cardinality(there) = 0 AND NOT is_kept THEN
    ${make} ON ${table.sql} (${columnList(columns)}) WHERE ${mark} IS NULL;
  END IF;
END`);
}

/** Behind the name of the index, its definition can be had as it is; of a partitioned table it names the table alone. */
const FULL = `SELECT i.indexrelid::pg_catalog.regclass::text AS index_name, k.conname::text AS constraint_name, x.says,
           COALESCE(k.condeferrable, false) AS is_deferrable,
           i.indisreplident OR EXISTS (
             SELECT FROM pg_catalog.pg_constraint f WHERE f.contype = 'f' AND f.conindid = i.indexrelid) AS is_relied_on,
           pg_catalog.regexp_replace(pg_catalog.substr(pg_catalog.pg_get_indexdef(i.indexrelid),
             pg_catalog.length('CREATE UNIQUE INDEX ' || pg_catalog.quote_ident(r.relname)) + 1), '^ ON ONLY ', ' ON ') AS rest`;

/** Two say the same where what they hold apart is the same, in whatever order. Before PostgreSQL 15 nulls are distinct. */
function uniqueIndexes({ sql }: TableName, names: string, select: string, condition: string): string {
  return `${select}
      FROM pg_catalog.pg_index i
      JOIN pg_catalog.pg_class r ON r.oid = i.indexrelid
      LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype = 'u'
      CROSS JOIN LATERAL (
        SELECT pg_catalog.array_agg(a.attname::text ORDER BY a.attname::text COLLATE "C") AS columns,
               pg_catalog.jsonb_build_array(pg_catalog.to_jsonb(i) -> 'indnullsnotdistinct', pg_catalog.jsonb_agg(
                 pg_catalog.jsonb_build_array(a.attname, i.indcollation[c.at], i.indclass[c.at])
                 ORDER BY a.attname::text COLLATE "C"))::text AS says
          FROM pg_catalog.generate_series(0, i.indnkeyatts - 1) AS c (at)
          JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[c.at]) AS x
     WHERE i.indrelid = ${literal(sql)}::pg_catalog.regclass AND i.indisunique AND NOT i.indisprimary
       AND ${condition} AND i.indexprs IS NULL
       AND x.columns = (SELECT pg_catalog.array_agg(n ORDER BY n COLLATE "C") FROM pg_catalog.unnest(ARRAY[${names}]::text[]) AS w (n))`;
}
