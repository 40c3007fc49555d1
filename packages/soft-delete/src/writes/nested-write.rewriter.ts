import type { FieldInfo, RelationInfo } from '@nestarc/prisma';
import type { SoftModel } from '../model/soft-model';
import { isGiven, isQueryObject, mapOneOrMany, type QueryObject } from '../reads/query-value';
import { lookForDeleted } from './deleted-upsert';
import { rewriteData } from './nested-data.rewriter';
import { rewriteSet } from './nested-set.rewriter';
import { expandKeys, narrowed } from './unique-where';
import type { WriteRun } from './write.run';

/** The relation that a nested write goes along. */
export interface NestedPlace {
  /** The relation, as a field of the row that is written. */
  readonly field: FieldInfo;
  /** What the schema says of it. */
  readonly relation: RelationInfo;
  /** A filter that finds the row that is written; absent for one that is being made. */
  readonly owners: QueryObject | undefined;
}

/**
 * Rewrites what is written through a relation.
 *
 * @param run - collects what has to be done besides
 * @param place - the relation
 * @param write - the operations by name, never changed
 * @returns the same object where nothing changed
 */
export function rewriteNestedWrite(run: WriteRun, place: NestedPlace, write: QueryObject): QueryObject {
  const result: Record<string, unknown> = {};
  let isChanged = false;
  for (const [name, value] of Object.entries(write)) {
    const parts = isGiven(value) ? rewriteOperation(run, place, name, value) : { [name]: value };
    isChanged ||= parts[name] !== value || Object.keys(parts).length !== 1;
    for (const [key, part] of Object.entries(parts)) merge(result, key, part);
  }
  return isChanged ? result : write;
}

/** A delete becomes one more update beside those the caller asked for. */
function merge(result: Record<string, unknown>, key: string, part: unknown): void {
  const before = result[key];
  result[key] = isGiven(before) && isGiven(part) ? [before, part].flat() : (part ?? before);
}

function rewriteOperation(run: WriteRun, place: NestedPlace, name: string, value: unknown): QueryObject {
  const { relation } = place;
  const target = relation.model;
  switch (name) {
    case 'create':
      return { create: mapOneOrMany(value, (data) => rewriteData(run, target, data, undefined)) };
    case 'createMany':
      for (const data of isQueryObject(value) ? [value['data']].flat() : []) run.openForData(target, data);
      return { createMany: value };
    case 'connect':
      return { connect: mapOneOrMany(value, (where) => run.writable(target, where)) };
    case 'connectOrCreate':
      return { connectOrCreate: mapOneOrMany(value, (member) => rewriteConnectOrCreate(run, place, member)) };
    case 'disconnect':
      return { disconnect: rewriteDisconnect(run, place, value) };
    case 'set':
      return rewriteSet(run, place, value, relatedRows(run, place));
    case 'update':
      return { update: mapOneOrMany(value, (member) => rewriteUpdate(run, place, member)) };
    case 'updateMany':
      return { updateMany: mapOneOrMany(value, (member) => rewriteUpdateMany(run, target, member)) };
    case 'upsert':
      return { upsert: mapOneOrMany(value, (member) => rewriteUpsert(run, place, member)) };
    case 'delete':
      return rewriteDelete(run, place, value);
    case 'deleteMany':
      return rewriteDeleteMany(run, place, value);
    default:
      return { [name]: value };
  }
}

function rewriteConnectOrCreate(run: WriteRun, { relation }: NestedPlace, member: unknown): unknown {
  if (!isQueryObject(member)) return member;
  const target = relation.model;
  lookForDeleted(run, target, member['where'], undefined);
  return {
    ...member,
    where: run.writable(target, member['where']),
    create: rewriteData(run, target, member['create'], undefined),
  };
}

/**
 * A list may not let go of deleted rows, which would come back without their parent. Where this row holds the foreign key,
 * letting go of a deleted row is what the caller, who sees none, wants.
 */
function rewriteDisconnect(run: WriteRun, { field, relation }: NestedPlace, value: unknown): unknown {
  if (field.isList) return mapOneOrMany(value, (where) => run.writable(relation.model, where));
  if (value === false || (value === true && relation.fields.length > 0)) return value;
  const where = run.writable(relation.model, value === true ? undefined : value);
  return where === undefined ? value : where;
}

function rewriteUpdate(run: WriteRun, place: NestedPlace, member: unknown): unknown {
  if (!isQueryObject(member)) return member;
  const target = place.relation.model;
  const { where, data, isBare } = place.field.isList
    ? { ...partsOf(member), isBare: false }
    : toOneUpdate(run, place, member);
  const filter = run.writable(target, where);
  const rows = relatedRows(run, place, where);
  const written = rewriteData(run, target, data, rows);
  if (filter === where && written === data) return member;
  return isBare && filter === undefined
    ? written
    : { ...(filter === undefined ? {} : { where: filter }), data: written };
}

const partsOf = (member: QueryObject): { where: unknown; data: unknown } => ({
  where: member['where'],
  data: member['data'],
});

/** Prisma takes `{ where, data }`, and the data alone. */
function toOneUpdate(
  { scope }: WriteRun,
  { relation }: NestedPlace,
  member: QueryObject,
): { readonly where: unknown; readonly data: unknown; readonly isBare: boolean } {
  const info = scope.schema.metadata.model(relation.model);
  const isFiltered =
    isQueryObject(member['data']) &&
    Object.keys(member).every((key) => key === 'data' || key === 'where') &&
    info?.field('data') === undefined;
  return isFiltered ? { ...partsOf(member), isBare: false } : { where: undefined, data: member, isBare: true };
}

function rewriteUpdateMany(run: WriteRun, target: string, member: unknown): unknown {
  if (!isQueryObject(member)) return member;
  run.openForData(target, member['data']);
  const where = run.writable(target, member['where']);
  return where === member['where'] ? member : { ...member, where };
}

function rewriteUpsert(run: WriteRun, place: NestedPlace, member: unknown): unknown {
  if (!isQueryObject(member)) return member;
  const target = place.relation.model;
  const { where } = member;
  const related = relatedRows(run, place);
  if (related !== undefined) lookForDeleted(run, target, where, related);
  const filter = run.writable(target, where);
  return {
    ...member,
    ...(filter === undefined ? {} : { where: filter }),
    create: rewriteData(run, target, member['create'], undefined),
    update: rewriteData(run, target, member['update'], relatedRows(run, place, where)),
  };
}

function rewriteDelete(run: WriteRun, { field, relation }: NestedPlace, value: unknown): QueryObject {
  const soft = run.soft(relation.model);
  if (soft === undefined) {
    return { delete: value === true ? value : mapOneOrMany(value, (where) => run.writable(relation.model, where)) };
  }
  if (value === false) return { delete: value };
  const update = (where: unknown): QueryObject => markRows(run, soft, where);
  if (!field.isList) return { update: update(value === true ? undefined : value) };
  return { update: [value].flat().map(update) };
}

function rewriteDeleteMany(run: WriteRun, { relation }: NestedPlace, value: unknown): QueryObject {
  const soft = run.soft(relation.model);
  if (soft === undefined) return { deleteMany: mapOneOrMany(value, (where) => run.writable(relation.model, where)) };
  return { updateMany: [value].flat().map((where) => markRows(run, soft, where)) };
}

function markRows(run: WriteRun, soft: SoftModel, where: unknown): QueryObject {
  run.nested.add(soft);
  run.open(soft);
  return { where: run.deletable(soft, where), data: run.deletion.marksOf(soft) };
}

/**
 * Gives a filter that finds the rows at the other end of a relation.
 *
 * @param run - what the rewriting goes by
 * @param place - the relation
 * @param where - which of the rows. Defaults to all of them
 * @returns `undefined` when the row at this end is being made
 */
export function relatedRows({ scope }: WriteRun, place: NestedPlace, where?: unknown): QueryObject | undefined {
  const { relation, owners } = place;
  const info = scope.schema.metadata.model(relation.model);
  const opposite = info?.field(relation.opposite);
  if (owners === undefined || info === undefined || opposite === undefined) return undefined;
  const related = { [opposite.name]: opposite.isList ? { some: owners } : { is: owners } };
  return isQueryObject(where) ? narrowed(expandKeys(info, where), related) : related;
}
