import { joinSql, sql, type SqlFragment } from '@nestarc/postgres';
import { columnsOf, type FieldInfo, type ModelInfo } from '@nestarc/prisma';
import { columnSql, tableSql } from '../cascade/mark-sql';
import type { QueryObject } from '../reads/query-value';
import { keyOf } from '../writes/unique-where';

/**
 * Writes the keys of rows down as JSON, by column.
 *
 * @param info - the model
 * @param rows - rows as Prisma answers them, their keys among their fields
 */
export function keysJson(info: ModelInfo, rows: readonly QueryObject[]): string {
  const fields = keyOf(info);
  const columns = columnsOf(info, fields);
  return JSON.stringify(
    rows.map((row) =>
      Object.fromEntries(
        fields.map((field, index) => [columns[index] ?? field, jsonOf(row[field], info.field(field))]),
      ),
    ),
  );
}

/** What PostgreSQL reads back as the value that Prisma gave, whatever the type of the column. */
function jsonOf(value: unknown, field: FieldInfo | undefined): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  // PostgreSQL takes no day in front of a time of day.
  if (value instanceof Date && TIME_OF_DAY.test(field?.nativeType ?? '')) return value.toISOString().slice(11);
  // Dates and decimals know how to become JSON.
  return value;
}

const TIME_OF_DAY = /^Time(tz)?(\(|$)/;

/**
 * Reads keys back. The type of a row is that of its table, so that each value gets that of its column: nothing here has to
 * know how types are called.
 *
 * @param info - the model
 * @param keys - the keys, as {@link keysJson} writes them
 * @param alias - what the statement calls them
 */
export function keyRows(info: ModelInfo, keys: string, alias: SqlFragment): SqlFragment {
  return sql`jsonb_populate_recordset(NULL::${tableSql(info)}, ${keys}::text::jsonb) AS ${alias}`;
}

/**
 * Compares rows of a model by their keys.
 *
 * @param info - the model
 * @param one - what the statement calls the one
 * @param other - what it calls the other
 */
export function sameKey(info: ModelInfo, one: string, other: string): SqlFragment {
  const pairs = keyOf(info).map((field) => sql`${columnSql(info, field, one)} = ${columnSql(info, field, other)}`);
  return joinSql(pairs, sql` AND `);
}

/**
 * Names a row among the rows of all models by a text.
 *
 * @param info - its model
 * @param alias - what the statement calls its table
 */
export function nodeSql(info: ModelInfo, alias: string): SqlFragment {
  const parts = [sql`${info.name}::text`, ...keyOf(info).map((field) => columnSql(info, field, alias))];
  return sql`jsonb_build_array(${joinSql(parts)})::text`;
}

/**
 * Names columns of a table, each once.
 *
 * @param info - the model
 * @param fields - names of the fields
 * @param alias - what the statement calls the table
 */
export function columnsSql(info: ModelInfo, fields: Iterable<string>, alias: string): SqlFragment {
  return joinSql([...new Set(fields)].map((field) => columnSql(info, field, alias)));
}
