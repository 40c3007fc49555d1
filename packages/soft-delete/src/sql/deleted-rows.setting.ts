import type { ModelInfo } from '@nestarc/prisma';

/** The PostgreSQL setting that says which tables' deleted rows a statement may see: `''`, `'*'` or `',users,posts,'`. */
export const DELETED_ROWS_SETTING = 'app.deleted_rows';

/** In place of a list of tables: those of all. */
export const ALL_DELETED_ROWS = '*';

/**
 * Names a table in the setting: as the schema maps it, and qualified where `@@schema` puts it elsewhere than into `public`.
 * Signs that mean something in the list are encoded.
 *
 * @param info - the model of the table
 */
export function deletedRowsKey(info: ModelInfo): string {
  const parts = info.schema === undefined || info.schema === 'public' ? [info.table] : [info.schema, info.table];
  return parts.map((part) => part.replace(/[%,.*]/g, encoded)).join('.');
}

/**
 * Gives the setting's value for tables.
 *
 * @param models - whose deleted rows may be seen
 */
export function deletedRowsValue(models: Iterable<ModelInfo>): string {
  const keys = [...new Set([...models].map(deletedRowsKey))].sort();
  return keys.length === 0 ? '' : `,${keys.join(',')},`;
}

function encoded(sign: string): string {
  return `%${sign.charCodeAt(0).toString(16).toUpperCase()}`;
}
