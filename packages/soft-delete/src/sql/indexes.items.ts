import { quoteIdentifier } from '@nestarc/postgres';
import { columnsOf } from '@nestarc/prisma';
import type { CascadeEdge, SoftModel } from '../model/soft-model';
import { columnList, doBlock, literal } from './ddl';
import type { InstallItem, InstallTarget } from './install-item';
import { distinctNames } from './object-names';
import { tableOf } from './table-name';

/**
 * Gives the indexes that deleted rows are found by, and those that a deletion finds the children of its rows by.
 *
 * @param target - what is installed
 */
export function indexItems({ schema, options }: InstallTarget): InstallItem[] {
  const nameOf = distinctNames([
    ...schema.models.flatMap((model) => markColumns(model).map((column) => markParts(model, column))),
    ...schema.edges.map(childParts),
  ]);
  return [
    ...schema.models.flatMap((model) => markIndexes(model, options.schema, nameOf)),
    ...schema.edges.map((edge) => childIndex(edge, options.schema, nameOf)),
  ];
}

type NameOf = (parts: readonly string[]) => string;

const markColumns = ({ info, deletedAt, deletionId }: SoftModel): readonly string[] =>
  columnsOf(info, deletionId === undefined ? [deletedAt] : [deletedAt, deletionId]);

const markParts = ({ info }: SoftModel, column: string): readonly string[] => [info.table, column, 'deleted_idx'];

const childParts = ({ child: { info }, childKeys }: CascadeEdge): readonly string[] => [
  info.table,
  ...columnsOf(info, childKeys),
  'cascade_idx',
];

/** They hold deleted rows only. Restoring looks for the mark of a deletion, purging for its instant. */
function markIndexes(model: SoftModel, defaultSchema: string, nameOf: NameOf): InstallItem[] {
  const table = tableOf(model.info, defaultSchema);
  return markColumns(model).map((column) => {
    const name = quoteIdentifier(nameOf(markParts(model, column)));
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
function childIndex(edge: CascadeEdge, defaultSchema: string, nameOf: NameOf): InstallItem {
  const { child, childKeys } = edge;
  const table = tableOf(child.info, defaultSchema);
  const columns = columnsOf(child.info, childKeys);
  const [mark = ''] = columnsOf(child.info, [child.deletedAt]);
  const names = columns.map(literal).join(', ');
  const name = quoteIdentifier(nameOf(childParts(edge)));
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
