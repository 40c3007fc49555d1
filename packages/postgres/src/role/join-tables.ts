import { createContext, NestarcError, runWithContext } from '@nestarc/core';
import { quoteIdentifier } from '../sql/identifier';
import type { RoleCheckTarget } from './restricted-role';

/** An end of a link: the column that holds it, and what it refers to. */
interface LinkEnd {
  readonly column: string;
  readonly table: string;
  readonly key: string;
}

interface UnprotectedJoinTable {
  readonly name: string;
  readonly ends: readonly LinkEnd[];
}

/**
 * Tables of the given names that anybody may read although they link rows under row-level security. Names are told as text,
 * because Prisma 6 cannot read the type `name`.
 */
const unprotected = (names: readonly string[]): string => `
  SELECT c.oid::regclass::text AS name,
         json_agg(json_build_object('column', a.attname, 'table', r.oid::regclass::text, 'key', k.attname) ORDER BY a.attname) AS ends
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_constraint f ON f.conrelid = c.oid AND f.contype = 'f' AND cardinality(f.conkey) = 1
    JOIN pg_catalog.pg_class r ON r.oid = f.confrelid
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = f.conkey[1]
    JOIN pg_catalog.pg_attribute k ON k.attrelid = r.oid AND k.attnum = f.confkey[1]
   WHERE c.relname IN (${names.map((name) => `'${name.replaceAll("'", "''")}'`).join(', ')})
     AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity
     AND pg_catalog.has_table_privilege(c.oid, 'SELECT, INSERT, DELETE')
   GROUP BY c.oid
  HAVING bool_or(r.relrowsecurity)
   ORDER BY c.oid`;

/** Thrown at boot when the table of an implicit many-to-many relation shows each tenant the links of all; with the mending SQL. */
export class UnprotectedJoinTableError extends NestarcError {
  constructor(tables: readonly UnprotectedJoinTable[]) {
    const names = tables.map(({ name }) => name).join(', ');
    super(
      `Row-level security does not hold for ${names}: Prisma keeps a many-to-many relation there, and every tenant sees and ` +
        `deletes the links of all. Run as the owner:\n\n${tables.map(mendingSql).join('\n')}`,
      { code: 'JOIN_TABLE_UNPROTECTED' },
    );
  }
}

/** Whoever sees both ends of a link sees the link: the ends are looked up under their own row-level security. */
function mendingSql({ name, ends }: UnprotectedJoinTable): string {
  const seen = ends
    .map(
      ({ column, table, key }) =>
        `EXISTS (SELECT FROM ${table} WHERE ${quoteIdentifier(key)} = ${quoteIdentifier(column)})`,
    )
    .join(' AND ');
  return (
    `  ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY;\n  ALTER TABLE ${name} FORCE ROW LEVEL SECURITY;\n` +
    `  CREATE POLICY tenant_isolation ON ${name}\n    USING (${seen})\n    WITH CHECK (${seen});\n`
  );
}

/**
 * Refuses a database in which a table that links rows under row-level security is not under it itself. Costs one round
 * trip, and none where there are no such tables in the schema.
 *
 * @param target - the pool the application serves from, or a client of it
 * @param tables - names of tables that may hold links, as Prisma calls them: `_InvoiceToTag`
 * @throws {@link UnprotectedJoinTableError} naming the tables and the SQL that mends them
 */
export async function assertProtectedJoinTables(target: RoleCheckTarget, tables: readonly string[]): Promise<void> {
  if (tables.length === 0) return;
  const { rows } = await runWithContext(createContext({ mode: 'bypass' }), () => target.query(unprotected(tables)));
  if (rows.length > 0) throw new UnprotectedJoinTableError(rows as readonly UnprotectedJoinTable[]);
}
