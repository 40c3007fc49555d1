import { quoteIdentifier } from '@nestarc/postgres';
import { dollarQuoted } from './ddl';
import type { TableName } from './table-name';

/**
 * Names a function in the PostgreSQL schema of its table.
 *
 * @param table - the table
 * @param name - name of the function
 */
export function functionOf(table: TableName, name: string): string {
  return `${quoteIdentifier(table.schema)}.${quoteIdentifier(name)}`;
}

/**
 * Makes a trigger function. It runs with the rights of whoever writes, not of its owner: as the owner it would see every tenant's
 * rows where row-level security is not forced, and none where the policies name the application's role. The search path is
 * pinned, and ends in the table's schema for the operators of types such as citext; tables are named in full.
 *
 * @param table - the table whose schema it is put into
 * @param name - name of the function
 * @param body - PL/pgSQL
 */
export function triggerFunction(table: TableName, name: string, body: string): string {
  return `CREATE OR REPLACE FUNCTION ${functionOf(table, name)}() RETURNS trigger LANGUAGE plpgsql SECURITY INVOKER
  SET search_path = pg_catalog, ${quoteIdentifier(table.schema)}, pg_temp
AS ${dollarQuoted(body)};`;
}
