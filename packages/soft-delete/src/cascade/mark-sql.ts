import { identifier, joinSql, sql, type SqlFragment } from '@nestarc/postgres';
import { columnsOf, type FieldInfo, type ModelInfo } from '@nestarc/prisma';
import type { SoftModel } from '../model/soft-model';
import { schemaOf } from './default-schema';

/** What marks the rows of one deletion. */
export interface DeletionMark {
  /** When. */
  readonly deletedAt: Date;
  /** Which. */
  readonly deletionId: string;
  /** By whom. */
  readonly actorId: string | null;
}

/**
 * Names the table of a model.
 *
 * @param info - the model
 */
export function tableSql(info: ModelInfo): SqlFragment {
  const schema = schemaOf(info);
  return schema === undefined ? identifier(info.table) : identifier(schema, info.table);
}

/**
 * Names the column of a field.
 *
 * @param info - its model
 * @param field - its name
 * @param alias - what the statement calls the table. Defaults to nothing, as the left side of an assignment wants it
 */
export function columnSql(info: ModelInfo, field: string, alias?: string): SqlFragment {
  const [column = ''] = columnsOf(info, [field]);
  return alias === undefined ? identifier(column) : identifier(alias, column);
}

/**
 * Compares rows by a foreign key.
 *
 * @param child - model and fields of the foreign key, and what the statement calls the table
 * @param parent - model and fields it refers to, in the same order
 */
export function joinCondition(child: KeySql, parent: KeySql): SqlFragment {
  const pairs = child.fields.map((field, index) => {
    const referred = parent.fields[index] ?? '';
    return sql`${columnSql(child.info, field, child.alias)} = ${columnSql(parent.info, referred, parent.alias)}`;
  });
  return joinSql(pairs, sql` AND `);
}

/** Fields of a table in a statement. */
export interface KeySql {
  /** The model. */
  readonly info: ModelInfo;
  /** What the statement calls its table. */
  readonly alias: string;
  /** Names of the fields. */
  readonly fields: readonly string[];
}

/**
 * Assigns the marks of a deletion.
 *
 * @param model - the model whose rows are deleted
 * @param mark - the marks
 */
export function assignMark(model: SoftModel, mark: DeletionMark): SqlFragment {
  const { info, deletedAt, deletedBy, deletionId } = model;
  const values: (readonly [string, SqlFragment])[] = [
    [deletedAt, valueSql(info.field(deletedAt), mark.deletedAt.toISOString())],
    ...(deletedBy === undefined ? [] : [[deletedBy, valueSql(info.field(deletedBy), mark.actorId)] as const]),
    ...(deletionId === undefined ? [] : [[deletionId, valueSql(info.field(deletionId), mark.deletionId)] as const]),
    ...touched(info, mark.deletedAt),
  ];
  return assignments(info, values);
}

/**
 * Takes the marks of a deletion away.
 *
 * @param model - the model whose rows are restored
 * @param now - the instant that `@updatedAt` fields are set to
 */
export function clearMark({ info, deletedAt, deletedBy, deletionId }: SoftModel, now: Date): SqlFragment {
  const marks = [deletedAt, deletedBy, deletionId].filter((field) => field !== undefined);
  return assignments(info, [...marks.map((field) => [field, sql`NULL`] as const), ...touched(info, now)]);
}

/**
 * Finds the rows of a deletion: by its id, and where a model has no such field by the instant.
 *
 * @param model - the model
 * @param alias - what the statement calls its table
 * @param mark - the marks
 */
export function hasMark({ info, deletedAt, deletionId }: SoftModel, alias: string, mark: DeletionMark): SqlFragment {
  const field = deletionId ?? deletedAt;
  const value = deletionId === undefined ? mark.deletedAt.toISOString() : mark.deletionId;
  return sql`${columnSql(info, field, alias)} = ${valueSql(info.field(field), value)}`;
}

/** Prisma sets these with every update of its own. */
function touched(info: ModelInfo, now: Date): (readonly [string, SqlFragment])[] {
  return info.fields
    .filter(({ isUpdatedAt }) => isUpdatedAt)
    .map((field) => [field.name, valueSql(field, now.toISOString())] as const);
}

function assignments(info: ModelInfo, values: readonly (readonly [string, SqlFragment])[]): SqlFragment {
  return joinSql(values.map(([field, value]) => sql`${columnSql(info, field)} = ${value}`));
}

/**
 * Values go as text, whose type nobody has to guess, and are cast to that of the column: what is compared has to be what is
 * stored, to the millisecond. Columns without a time zone hold UTC, as Prisma writes them whatever zone the session has.
 */
function valueSql(field: FieldInfo | undefined, value: string | null): SqlFragment {
  const nativeType = field?.nativeType ?? '';
  if (field?.type !== 'DateTime') return nativeType === 'Uuid' ? sql`${value}::text::uuid` : sql`${value}::text`;
  const digits = PRECISIONS[Number(/\((\d)\)/.exec(nativeType)?.[1] ?? 3)] ?? PRECISIONS[3];
  return nativeType.startsWith('Timestamptz')
    ? sql`${value}::text::timestamptz${digits}`
    : sql`(${value}::text::timestamptz AT TIME ZONE 'UTC')::timestamp${digits}`;
}

const PRECISIONS = [sql`(0)`, sql`(1)`, sql`(2)`, sql`(3)`, sql`(4)`, sql`(5)`, sql`(6)`] as const;
