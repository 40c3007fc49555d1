import { quoteIdentifier } from '@nestarc/postgres';
import type { ModelInfo } from '@nestarc/prisma';

/** A table by its full name: triggers run with a search path of their own. */
export interface TableName {
  /** PostgreSQL schema it is in. */
  readonly schema: string;
  /** Its name. */
  readonly table: string;
  /** Both, quoted, for use in SQL. */
  readonly sql: string;
}

/**
 * Names a table in full.
 *
 * @param schema - PostgreSQL schema it is in
 * @param table - its name
 */
export function tableName(schema: string, table: string): TableName {
  return { schema, table, sql: `${quoteIdentifier(schema)}.${quoteIdentifier(table)}` };
}

/**
 * Names the table of a model.
 *
 * @param info - the model
 * @param defaultSchema - PostgreSQL schema of models without `@@schema`
 */
export function tableOf(info: ModelInfo, defaultSchema: string): TableName {
  return tableName(info.schema ?? defaultSchema, info.table);
}
