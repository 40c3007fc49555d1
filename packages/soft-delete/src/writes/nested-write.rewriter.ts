import type { SoftModel } from '../model/soft-model';
import { isGiven, isQueryObject, mapOneOrMany, type QueryObject } from '../reads/query-value';
import { rewriteWhere } from '../reads/where.rewriter';
import { lookForDeleted } from './deleted-upsert';
import { rewriteData } from './nested-data.rewriter';
import { rewriteSet } from './nested-set.rewriter';
import { type NestedPlace, relatedRows } from './related-rows';
import { lockRows } from './row-lock';
import { rewriteTakenConnect, rewriteTakenPlace } from './taken-place.rewriter';
import { standsApart, writeAhead } from './write-ahead';
import type { WriteRun } from './write.run';

/**
 * Rewrites what is written through a relation.
 *
 * @param run - collects what has to be done besides
 * @param place - the relation
 * @param write - the operations by name, never changed
 * @returns the same object where nothing changed
 */
export function rewriteNestedWrite(run: WriteRun, place: NestedPlace, write: QueryObject): QueryObject {
  let result: Record<string, unknown> = {};
  let names: string[] = [];
  const { length: steps } = run.before;
  let isChanged = false;
  for (const [name, value] of Object.entries(write)) {
    if (value === undefined) continue;
    if (standsApart(run, place, name, names)) {
      writeAhead(run, place, result);
      [result, names] = [{}, []];
    }
    names.push(name);
    const parts = rewriteOperation(run, place, [name, value], result);
    isChanged ||= parts[name] !== value || Object.keys(parts).length !== 1;
    for (const [key, part] of Object.entries(parts)) merge(result, key, part);
  }
  // What is done ahead may change the result, and must not change what is the caller's.
  return isChanged || run.before.length > steps ? result : write;
}

/** A delete becomes one more update beside those the caller asked for. */
function merge(result: Record<string, unknown>, key: string, part: unknown): void {
  const before = result[key];
  result[key] = isGiven(before) && isGiven(part) ? [before, part].flat() : (part ?? before);
}

function rewriteOperation(
  run: WriteRun,
  place: NestedPlace,
  [name, value]: readonly [string, unknown],
  result: Record<string, unknown>,
): QueryObject {
  const rewrite = isGiven(value) ? OPERATIONS.get(name) : undefined;
  return rewrite === undefined ? { [name]: value } : rewrite(run, place, value, result);
}

type OperationRewriter = (
  run: WriteRun,
  place: NestedPlace,
  value: unknown,
  result: Record<string, unknown>,
) => QueryObject;

/** The operations of nested writes. */
const OPERATIONS: ReadonlyMap<string, OperationRewriter> = new Map<string, OperationRewriter>([
  ['create', rewriteCreate],
  ['createMany', rewriteCreateMany],
  ['connect', rewriteConnect],
  ['connectOrCreate', rewriteConnectOrCreates],
  ['disconnect', (run, place, value) => ({ disconnect: rewriteDisconnect(run, place, value) })],
  ['set', rewriteSet],
  ['update', (run, place, value) => ({ update: each(run, place, value, rewriteUpdate) })],
  ['updateMany', (run, place, value) => ({ updateMany: each(run, place, value, rewriteUpdateMany) })],
  ['upsert', rewriteUpserts],
  ['delete', rewriteDelete],
  ['deleteMany', rewriteDeleteMany],
]);

function each(
  run: WriteRun,
  place: NestedPlace,
  value: unknown,
  rewrite: (run: WriteRun, place: NestedPlace, member: QueryObject) => unknown,
): unknown {
  return mapOneOrMany(value, (member) => (isQueryObject(member) ? rewrite(run, place, member) : member));
}

function rewriteCreate(
  run: WriteRun,
  place: NestedPlace,
  value: unknown,
  result: Record<string, unknown>,
): QueryObject {
  if (isHeldByOther(place)) rewriteTakenPlace(run, place, result, 'create');
  return { create: mapOneOrMany(value, (data) => rewriteData(run, place.relation.model, data, undefined)) };
}

function rewriteCreateMany(run: WriteRun, { relation }: NestedPlace, value: unknown): QueryObject {
  for (const data of isQueryObject(value) ? [value['data']].flat() : []) run.openForData(relation.model, data);
  return { createMany: value };
}

function rewriteConnect(
  run: WriteRun,
  place: NestedPlace,
  value: unknown,
  result: Record<string, unknown>,
): QueryObject {
  if (isHeldByOther(place)) rewriteTakenConnect(run, place, result, 'connect');
  return { connect: mapOneOrMany(value, (where) => run.writable(place.relation.model, where)) };
}

function rewriteConnectOrCreates(
  run: WriteRun,
  place: NestedPlace,
  value: unknown,
  result: Record<string, unknown>,
): QueryObject {
  const written = each(run, place, value, rewriteConnectOrCreate);
  // What is brought back for it is looked for first.
  if (isHeldByOther(place)) rewriteTakenConnect(run, place, result, 'connectOrCreate');
  return { connectOrCreate: written };
}

/** Whether it is the one row at the other end that has the foreign key. */
const isHeldByOther = ({ field, relation }: NestedPlace): boolean => !field.isList && relation.fields.length === 0;

function rewriteUpserts(
  run: WriteRun,
  place: NestedPlace,
  value: unknown,
  result: Record<string, unknown>,
): QueryObject {
  const holdsKey = !place.field.isList && place.relation.fields.length > 0;
  if (holdsKey) rewriteTakenPlace(run, place, result, 'upsert');
  return {
    upsert: mapOneOrMany(value, (member) =>
      isQueryObject(member) ? rewriteUpsert(run, place, member, holdsKey) : member,
    ),
  };
}

function rewriteConnectOrCreate(run: WriteRun, { relation }: NestedPlace, member: QueryObject): unknown {
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

function rewriteUpdate(run: WriteRun, place: NestedPlace, member: QueryObject): unknown {
  const target = place.relation.model;
  const { where, data, isBare } = place.field.isList
    ? { ...partsOf(member), isBare: false }
    : toOneUpdate(run, place, member);
  const filter = run.writable(target, where);
  const rows = relatedRows(run, place, filter);
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

function rewriteUpdateMany(run: WriteRun, { relation }: NestedPlace, member: QueryObject): unknown {
  const target = relation.model;
  run.openForData(target, member['data']);
  const where = run.writable(target, member['where']);
  return where === member['where'] ? member : { ...member, where };
}

function rewriteUpsert(run: WriteRun, place: NestedPlace, member: QueryObject, holdsKey: boolean): unknown {
  const target = place.relation.model;
  const { where } = member;
  const related = relatedRows(run, place);
  if (related !== undefined) lookForDeleted(run, target, where, related);
  const filter = holdsKey ? rewriteWhere(run.scope, target, where) : run.writable(target, where);
  return {
    ...member,
    ...(filter === undefined ? {} : { where: filter }),
    create: rewriteData(run, target, member['create'], undefined),
    update: rewriteData(run, target, member['update'], relatedRows(run, place, run.writable(target, where))),
  };
}

function rewriteDelete(run: WriteRun, place: NestedPlace, value: unknown): QueryObject {
  const { field, relation } = place;
  const soft = run.soft(relation.model);
  if (soft === undefined) {
    return { delete: value === true ? value : mapOneOrMany(value, (where) => run.writable(relation.model, where)) };
  }
  if (value === false) return { delete: value };
  if (!field.isList) return { update: markHeld(run, place, soft, value === true ? undefined : value) };
  // By a unique key Prisma says the mark in the UPDATE itself.
  return { update: [value].flat().map((where) => markRows(run, soft, where)) };
}

function rewriteDeleteMany(run: WriteRun, place: NestedPlace, value: unknown): QueryObject {
  const { model } = place.relation;
  const soft = run.soft(model);
  if (soft === undefined) return { deleteMany: mapOneOrMany(value, (where) => run.writable(model, where)) };
  return { updateMany: [value].flat().map((where) => markHeld(run, place, soft, where)) };
}

function markHeld(run: WriteRun, place: NestedPlace, soft: SoftModel, where: unknown): QueryObject {
  const marking = markRows(run, soft, where);
  const related = relatedRows(run, place, marking['where']);
  if (related !== undefined) run.before.push((tx) => lockRows(tx, soft, related));
  return marking;
}

function markRows(run: WriteRun, soft: SoftModel, where: unknown): QueryObject {
  run.nested.add(soft);
  run.open(soft);
  return { where: run.deletable(soft, where), data: run.deletion.marksOf(soft) };
}
