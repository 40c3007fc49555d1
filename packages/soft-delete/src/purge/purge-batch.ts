import type { ModelInfo, OperationTransaction } from '@nestarc/prisma';
import type { SoftDeleteSchema } from '../model/soft-delete-schema';
import type { QueryObject } from '../reads/query-value';
import { openForFilter } from '../rows/row-filter';
import { keysJson } from '../rows/row-keys';
import { keyOf, narrowed, selectOf } from '../writes/unique-where';
import { amongKeys, oldRows } from './purge-pages';
import { countStatement, lockStatement, type PurgeAnswer, type PurgeSet, removeStatement } from './purge-statements';
import type { PurgeCounts, PurgedModel } from './purge.options';
import { referencesTo } from './reference';

/** Rows of a model that were found. */
export interface FoundRows {
  /** The model. */
  readonly model: PurgedModel;
  /** The rows, their keys among their fields. */
  readonly rows: readonly QueryObject[];
}

/**
 * Opens the tables whose deleted rows a purge looks at: those of the models, of what refers to them, and of its filters.
 *
 * @param opened - is filled in
 * @param schema - the models
 * @param models - the models to purge
 */
export function openForPurge(opened: Set<string>, schema: SoftDeleteSchema, models: readonly PurgedModel[]): void {
  const modelOf = (name: string): ModelInfo | undefined => schema.metadata.model(name);
  for (const { soft, filter, hold } of models) {
    opened.add(soft.name);
    for (const { child } of referencesTo(schema.metadata, soft.name)) opened.add(child.name);
    for (const where of [filter, hold]) openForFilter(opened, soft.info, modelOf, where);
  }
}

/**
 * Removes rows that were found, but for those that are held and those that others refer to which stay.
 *
 * @param tx - the transaction
 * @param schema - the models
 * @param found - the rows
 * @param olderThan - rows that were deleted later stay
 * @returns what became of them, in the same order
 */
export async function removeRows(
  tx: OperationTransaction,
  { metadata }: SoftDeleteSchema,
  found: readonly FoundRows[],
  olderThan: Date,
): Promise<readonly PurgeCounts[]> {
  const free: PurgeSet[] = [];
  const held: number[] = [];
  for (const { model, rows } of found) {
    const kept = await heldAmong(tx, model, rows);
    held.push(kept.size);
    free.push({
      soft: model.soft,
      keys: keysJson(
        model.soft.info,
        rows.filter((row) => !kept.has(nameOf(model, row))),
      ),
    });
  }
  const locked = await answerOf<string[]>(tx, lockStatement(free, olderThan));
  const sets = free.map(({ soft }, index) => ({ soft, keys: locked[index] ?? '[]' }));
  if (sets.every(({ keys }) => keys === '[]')) return held.map((count) => ({ purged: 0, blocked: 0, held: count }));
  return countsOf(await answerOf<PurgeAnswer>(tx, removeStatement(metadata, sets, olderThan)), held);
}

/**
 * Counts what a purge would do, and changes nothing.
 *
 * @param tx - the transaction
 * @param schema - the models
 * @param models - the models to purge
 * @param olderThan - when their rows were deleted at the latest
 * @returns what would become of them, in the same order
 */
export async function countRows(
  tx: OperationTransaction,
  { metadata }: SoftDeleteSchema,
  models: readonly PurgedModel[],
  olderThan: Date,
): Promise<readonly PurgeCounts[]> {
  const sets: PurgeSet[] = [];
  const held: number[] = [];
  for (const model of models) {
    const { soft, filter, hold } = model;
    const rows = (filter ?? hold) ? await find(tx, model, oldRows(model, olderThan)) : undefined;
    const all =
      hold === undefined
        ? []
        : await find(tx, model, narrowed(hold, oldRows({ ...model, filter: undefined }, olderThan)));
    const kept = new Set(all.map((row) => nameOf(model, row)));
    const free = rows?.filter((row) => !kept.has(nameOf(model, row)));
    held.push((rows?.length ?? 0) - (free?.length ?? 0));
    sets.push({ soft, keys: free === undefined ? undefined : keysJson(soft.info, free) });
  }
  return countsOf(await answerOf<PurgeAnswer>(tx, countStatement(metadata, sets, olderThan)), held);
}

async function heldAmong(
  tx: OperationTransaction,
  model: PurgedModel,
  rows: readonly QueryObject[],
): Promise<ReadonlySet<string>> {
  if (model.hold === undefined || rows.length === 0) return new Set();
  // Asked for by themselves: in `NOT`, a comparison with NULL would have a row neither held nor free.
  const held = await find(tx, model, narrowed(model.hold, amongKeys(model.soft.info, rows)));
  return new Set(held.map((row) => nameOf(model, row)));
}

async function find(
  tx: OperationTransaction,
  { soft }: PurgedModel,
  where: QueryObject,
): Promise<readonly QueryObject[]> {
  const args = { where, select: selectOf(keyOf(soft.info)) };
  return (await tx.run({ model: soft.name, action: 'findMany', args, path: [] })) as readonly QueryObject[];
}

const nameOf = ({ soft }: PurgedModel, row: QueryObject): string => keysJson(soft.info, [row]);

const countsOf = ({ purged, kept }: PurgeAnswer, held: readonly number[]): readonly PurgeCounts[] =>
  held.map((count, index) => ({ purged: purged[index] ?? 0, blocked: kept[index] ?? 0, held: count }));

async function answerOf<T>(
  tx: OperationTransaction,
  statement: Parameters<OperationTransaction['query']>[0],
): Promise<T> {
  const [row] = await tx.query<{ readonly answer: string }>(statement);
  return JSON.parse(row?.answer ?? '{}') as T;
}
