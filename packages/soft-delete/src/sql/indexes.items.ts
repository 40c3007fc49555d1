import { quoteIdentifier } from '@nestarc/postgres';
import { columnsOf } from '@nestarc/prisma';
import type { CascadeEdge, SoftModel } from '../model/soft-model';
import { columnList, doBlock, literal, objectName } from './ddl';
import type { InstallItem, InstallTarget } from './install-item';
import { tableOf } from './table-name';

/**
 * Gives the indexes that deleted rows are found by, and those that a deletion finds the children of its rows by.
 *
 * @param target - what is installed
 */
export function indexItems({ schema, options }: InstallTarget): InstallItem[] {
  return [
    ...schema.models.flatMap((model) => markIndexes(model, options.schema)),
    ...schema.edges.map((edge) => childIndex(edge, options.schema)),
  ];
}

/** They hold deleted rows only. Restoring looks for the mark of a deletion, purging for its instant. */
function markIndexes({ info, deletedAt, deletionId }: SoftModel, defaultSchema: string): InstallItem[] {
  const table = tableOf(info, defaultSchema);
  const marks = deletionId === undefined ? [deletedAt] : [deletedAt, deletionId];
  return columnsOf(info, marks).map((column) => {
    const name = quoteIdentifier(objectName(info.table, column, 'deleted_idx'));
    const mark = quoteIdentifier(column);
    return {
      title: `index of deleted rows of ${table.table} by ${column}`,
      sql: `CREATE INDEX IF NOT EXISTS ${name} ON ${table.sql} (${mark}) WHERE ${mark} IS NOT NULL;`,
      probe: undefined,
    };
  });
}

/**
 * An index serves if the foreign key's columns come first in it, in any order, and no condition leaves rows out. The mark stands
 * behind them, so that reading the active children of a row looks at no deleted ones.
 */
function childIndex({ child, childKeys }: CascadeEdge, defaultSchema: string): InstallItem {
  const table = tableOf(child.info, defaultSchema);
  const columns = columnsOf(child.info, childKeys);
  const [mark = ''] = columnsOf(child.info, [child.deletedAt]);
  const names = columns.map(literal).join(', ');
  const name = quoteIdentifier(objectName(child.info.table, ...columns, 'cascade_idx'));
  return {
    title: `index of ${table.table} by ${columns.join(', ')}`,
    sql: doBlock(`BEGIN
  IF NOT EXISTS (
    SELECT FROM pg_catalog.pg_index i
     WHERE i.indrelid = ${literal(table.sql)}::pg_catalog.regclass AND i.indpred IS NULL AND i.indisvalid
       AND (SELECT pg_catalog.array_agg(a.attname::text ORDER BY a.attname::text COLLATE "C")
              FROM pg_catalog.unnest(i.indkey[0:${columns.length - 1}]) AS k (attnum)
              JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum) = (
             SELECT pg_catalog.array_agg(n ORDER BY n COLLATE "C") FROM pg_catalog.unnest(ARRAY[${names}]::text[]) AS w (n))
  ) THEN
    CREATE INDEX IF NOT EXISTS ${name} ON ${table.sql} (${columnList([...columns, mark])});
  END IF;
END`),
    probe: undefined,
  };
}
