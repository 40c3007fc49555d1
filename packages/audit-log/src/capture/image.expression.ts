import { ddl, join, literal, name, NOTHING, type Ddl } from '../sql/ddl';
import type { AuditTable } from '../table/audit-table';
import { normalisedName } from './sensitive-names';
import type { TrackedColumn, TrackedTable } from './tracked-table';

/** What stands in an image in place of a value that is left out. */
export const REDACTED = ddl`'{"redacted": true}'::jsonb`;

/** As {@link REDACTED}, where an update has changed the value. */
export const REDACTED_AND_CHANGED = ddl`'{"redacted": true, "changed": true}'::jsonb`;

/** The row, as the expressions of this module call it. */
const ROW = 't';

/**
 * The columns that an image is made of, as a SELECT list over the row `t`.
 *
 * All columns are taken as they are, those that the schema does not know as well, and further ones of the same name stand in for
 * some of them: of equal keys jsonb keeps the last. Replacing keys of a finished jsonb instead (`||`) took 10 µs a row more.
 * Bytes, though, would be turned into text twice as long before they are dropped, so such tables are listed column by column.
 *
 * @param table - the table
 * @param audit - the audit table
 */
export function imageColumns(table: TrackedTable, audit: AuditTable): Ddl {
  const listed = table.columns.some(({ form }) => form === 'bytes');
  const columns = listed ? table.columns : table.columns.filter(({ form }) => form !== 'plain');
  const parts = columns.map((column) => ddl`${formed(column, table, audit)} AS ${name(column.name)}`);
  return join(listed ? parts : [ddl`t.*`, ...parts]);
}

function formed(column: TrackedColumn, table: TrackedTable, audit: AuditTable): Ddl {
  const value = name(ROW, column.name);
  const list = column.isList ? ddl`[]` : NOTHING;
  switch (column.form) {
    case 'plain':
      return value;
    case 'text':
      return ddl`${value}::text${list}`;
    case 'money':
      return ddl`${value}::numeric${list}::text${list}`;
    case 'bytes':
      return column.isList ? ofElements(value) : ofBytes(value);
    case 'json':
      return ddl`${audit.in(audit.redactFunction)}(to_jsonb(${value}), ${sensitiveKeys(table)})`;
    case 'redacted':
      return REDACTED;
  }
}

/** Whoever has the bytes can tell whether they are the ones; nobody gets them from the digest. */
const ofBytes = (value: Ddl): Ddl =>
  ddl`CASE WHEN ${value} IS NOT NULL THEN jsonb_build_object('sha256', encode(sha256(${value}), 'hex'), 'length', length(${value})) END`;

const ofElements = (value: Ddl): Ddl =>
  ddl`CASE WHEN ${value} IS NOT NULL THEN (SELECT COALESCE(jsonb_agg(${ofBytes(ddl`e.v`)} ORDER BY e.n), '[]') FROM unnest(${value}) WITH ORDINALITY AS e(v, n)) END`;

/**
 * Leaves the values of sensitive keys out of what the context says besides.
 *
 * @param table - the table
 * @param audit - the audit table
 */
export function redactMetadata(table: TrackedTable, audit: AuditTable): Ddl {
  if (table.sensitiveKeys.length === 0) return NOTHING;
  return ddl`  IF v_metadata IS NOT NULL THEN
    v_metadata := ${audit.in(audit.redactFunction)}(v_metadata, ${sensitiveKeys(table)});
  END IF;`;
}

function sensitiveKeys({ sensitiveKeys: keys }: TrackedTable): Ddl {
  const spellings = [...new Set(keys.map(normalisedName))].sort();
  return ddl`ARRAY[${join(spellings.map(literal))}]::text[]`;
}

/**
 * The primary key by column, as jsonb.
 *
 * @param table - the table
 */
export function recordExpression({ key }: TrackedTable): Ddl {
  return ddl`jsonb_build_object(${join(key.map((column) => ddl`${literal(column.name)}, ${keyValue(column)}`))})`;
}

/**
 * The primary key as text: the value itself, or a JSON array of texts where the key has several columns.
 *
 * @param table - the table
 */
export function targetIdExpression({ key }: TrackedTable): Ddl {
  const texts = key.map(keyText);
  const [only = NOTHING] = texts;
  return texts.length === 1 ? only : ddl`jsonb_build_array(${join(texts)})::text`;
}

function keyValue(column: TrackedColumn): Ddl {
  return column.form === 'plain' ? name(ROW, column.name) : keyText(column);
}

function keyText({ name: column, form }: TrackedColumn): Ddl {
  const value = name(ROW, column);
  return form === 'bytes' ? ddl`encode(${value}, 'hex')` : ddl`${value}::text`;
}
