import { columnsOf, type FieldInfo, type ModelInfo } from '@nestarc/prisma';
import type { SoftDeleteSchema } from '../model/soft-delete-schema';
import type { SoftModel } from '../model/soft-model';
import { keyOf } from '../writes/unique-where';
import { type TableName, tableName, tableOf } from './table-name';

/** A foreign key to rows that are deleted softly. */
export interface GuardedRelation {
  /** What tells it from others of its table: the field of the relation, or the column of a link. */
  readonly name: string;
  /** Table with the foreign key. */
  readonly table: TableName;
  /** Columns that tell its rows apart and are never null. */
  readonly key: readonly string[];
  /** Columns of the foreign key. */
  readonly columns: readonly string[];
  /** Column that marks deleted rows of that table, if there are any. */
  readonly deletedAt: string | undefined;
  /**
   * Where rows are deleted and restored along with the row they refer to: when that row has to be back. In a cycle of models no row
   * can be restored first, so there it is by the end of the transaction.
   */
  readonly restoredAfter: 'parent' | 'transaction' | undefined;
  /** Table that is referred to. */
  readonly parentTable: TableName;
  /** Columns that are referred to, in the order of the foreign key. */
  readonly parentColumns: readonly string[];
  /** Columns that tell its rows apart and are never null. */
  readonly parentKey: readonly string[];
  /** Column that marks deleted rows there. */
  readonly parentDeletedAt: string;
}

/**
 * Finds all foreign keys to rows that are deleted softly: cascading or not, optional or not, and those of the tables in which
 * Prisma keeps many-to-many relations.
 *
 * @param schema - the models
 * @param defaultSchema - PostgreSQL schema of models without `@@schema`
 */
export function guardedRelations(schema: SoftDeleteSchema, defaultSchema: string): GuardedRelation[] {
  const found = schema.metadata.names.flatMap((name) => {
    const model = schema.metadata.model(name);
    return (model?.fields ?? []).flatMap((field) => {
      const parent = schema.soft(field.relation?.model ?? '');
      return model && parent ? relationsOf(model, field, parent) : [];
    });
  });
  // Both sides of a relation between rows of one table name the same links.
  return [...new Map(found.map((relation) => [`${relation.table.sql} ${relation.name}`, relation])).values()];

  function relationsOf(model: ModelInfo, field: FieldInfo, parent: SoftModel): GuardedRelation[] {
    const { relation } = field;
    if (relation === undefined) return [];
    if (relation.isManyToMany) return linksTo(model, field, parent);
    if (relation.fields.length === 0) return [];
    const child = schema.soft(model.name);
    const edge = schema.edges.find((other) => other.child.name === model.name && other.childField === field.name);
    return [
      {
        name: field.name,
        table: tableOf(model, defaultSchema),
        key: columnsOf(model, keyOf(model)),
        columns: columnsOf(model, relation.fields),
        deletedAt: child && columnsOf(model, [child.deletedAt])[0],
        restoredAfter: edge && (isReached(edge.child.name, edge.parent.name) ? 'transaction' : 'parent'),
        ...parentOf(parent, relation.references),
      },
    ];
  }

  function isReached(from: string, to: string, seen: ReadonlySet<string> = new Set()): boolean {
    if (from === to) return true;
    const children = schema.edgesFrom(from).map(({ child }) => child.name);
    return !seen.has(from) && children.some((child) => isReached(child, to, new Set([...seen, from])));
  }

  /** Prisma calls the columns A and B, for the models in alphabetical order. */
  function linksTo(model: ModelInfo, { relation }: FieldInfo, parent: SoftModel): GuardedRelation[] {
    const isFirst = parent.name < model.name;
    const columns = parent.name === model.name ? ['A', 'B'] : [isFirst ? 'A' : 'B'];
    const schemaName = (isFirst ? parent.info : model).schema ?? defaultSchema;
    return columns.map((column) => ({
      name: column,
      table: tableName(schemaName, `_${relation?.name ?? ''}`),
      key: ['A', 'B'],
      columns: [column],
      deletedAt: undefined,
      restoredAfter: undefined,
      ...parentOf(parent, parent.info.primaryKey),
    }));
  }

  function parentOf(
    parent: SoftModel,
    references: readonly string[],
  ): Pick<GuardedRelation, 'parentTable' | 'parentColumns' | 'parentKey' | 'parentDeletedAt'> {
    const [parentDeletedAt = ''] = columnsOf(parent.info, [parent.deletedAt]);
    return {
      parentTable: tableOf(parent.info, defaultSchema),
      parentColumns: columnsOf(parent.info, references),
      parentKey: columnsOf(parent.info, keyOf(parent.info)),
      parentDeletedAt,
    };
  }
}
