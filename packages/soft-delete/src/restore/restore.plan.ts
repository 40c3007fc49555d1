import type { OperationPlan, OperationTransaction } from '@nestarc/prisma';
import { randomUUID } from 'node:crypto';
import { RecordAmbiguousError, RecordNotDeletedError, RecordNotFoundError } from '../errors/restore.errors';
import type { EventWhere } from '../events/event-details';
import { RestoredEvent } from '../events/restored.event';
import type { SoftModel } from '../model/soft-model';
import type { QueryObject } from '../reads/query-value';
import { runAsPartOf } from '../rows/operation-settings';
import { openForFilter } from '../rows/row-filter';
import { keyOf, narrowed, selectOf, uniqueWhere } from '../writes/unique-where';
import type { WriteScope } from '../writes/write-scope';
import { Restoration } from './restoration';
import { restoreReach } from './restore-reach';

/** Which rows are to be restored. */
export interface RestoreRequest {
  /** Their model. */
  readonly soft: SoftModel;
  /** The filter, with keys of several fields written out. */
  readonly filter: QueryObject;
  /** The filter as the caller wrote it. */
  readonly where: EventWhere;
  /** Whether one row is meant. */
  readonly isSingle: boolean;
}

/** What became of a restoration. */
export interface RestoreOutcome {
  /** How many of the rows that were asked for. */
  count: number;
  /** Whether it took place. */
  isDone: boolean;
}

/**
 * Gives the arguments of the `findMany` that looks the rows up. Of several deletions the last one goes first.
 *
 * @param request - see {@link RestoreRequest}
 */
export function lookupArgs({ soft, filter, isSingle }: RestoreRequest): QueryObject {
  const { info, deletedAt, deletionId } = soft;
  const marks = deletionId === undefined ? [deletedAt] : [deletedAt, deletionId];
  return {
    where: narrowed(filter, { [deletedAt]: { not: null } }),
    select: selectOf([...keyOf(info), ...marks]),
    ...(isSingle ? { orderBy: { [deletedAt]: 'desc' }, take: 2 } : {}),
  };
}

/**
 * Plans what follows the lookup, in the same transaction.
 *
 * @param scope - tells who acts, and what is opened
 * @param request - see {@link RestoreRequest}
 * @param outcome - is filled in
 */
export function restorePlan(scope: WriteScope, request: RestoreRequest, outcome: RestoreOutcome): OperationPlan {
  const { soft, filter, isSingle } = request;
  const { schema, opened } = scope;
  const { models, parentEdges } = restoreReach(schema, soft);
  for (const { name } of [...models, ...parentEdges.map(({ parent }) => parent)]) opened.add(name);
  openForFilter(opened, soft.info, (name) => schema.metadata.model(name), filter);
  let events: readonly RestoredEvent[] = [];
  const after = async (tx: OperationTransaction, answer: unknown): Promise<void> => {
    const found = answer as readonly QueryObject[];
    const rows = isSingle ? [await single(tx, request, found)] : found;
    const ids = deletionIds(soft, rows);
    const id = ids.length === 1 ? ids[0] : undefined;
    const restoration = new Restoration(tx, schema, soft);
    outcome.count = await runAsPartOf('restore', id ?? randomUUID(), () => restoration.restore(rows, isSingle));
    outcome.isDone = true;
    events = eventsOf(request, restoration, scope.actorId(), { id, rows });
  };
  return {
    after,
    committed: () => events.forEach((event) => scope.announce(event)),
    finish: isSingle
      ? async (answer, run) => [await run(readAgain(soft, answer as readonly QueryObject[]))]
      : undefined,
  };
}

/** Restoring one of several rows that nobody has told apart would be a guess. */
async function single(
  tx: OperationTransaction,
  { soft, filter }: RestoreRequest,
  [row, next]: readonly QueryObject[],
): Promise<QueryObject> {
  const { name, info, deletedAt } = soft;
  if (row === undefined) {
    const args = { where: filter, select: selectOf(keyOf(info)) };
    const active = await tx.run({ model: name, action: 'findFirst', args, path: [] });
    throw active === null ? new RecordNotFoundError(name) : new RecordNotDeletedError(name);
  }
  const instantOf = (one: QueryObject): number => (one[deletedAt] as Date).getTime();
  if (next !== undefined && instantOf(row) === instantOf(next)) throw new RecordAmbiguousError(name);
  return row;
}

/** The deletions that the rows belong to; of rows without an id nobody knows. */
function deletionIds({ deletionId }: SoftModel, rows: readonly QueryObject[]): readonly string[] {
  if (deletionId === undefined) return [];
  return [...new Set(rows.map((row) => row[deletionId]))].filter((id) => typeof id === 'string');
}

function eventsOf(
  { soft, where, isSingle }: RestoreRequest,
  { totals }: Restoration,
  actorId: string | null,
  { id, rows }: { readonly id: string | undefined; readonly rows: readonly QueryObject[] },
): readonly RestoredEvent[] {
  return [...totals].map(([model, { count, cause }]) => {
    const isRoot = model === soft;
    const ids = isRoot && isSingle ? rows.map((row) => keyObject(soft, row)) : undefined;
    const details = { deletionId: model.deletionId === undefined ? undefined : id, ids, cause };
    return new RestoredEvent(model.name, isRoot ? where : undefined, actorId, count, details);
  });
}

const keyObject = ({ info }: SoftModel, row: QueryObject): QueryObject =>
  Object.fromEntries(keyOf(info).map((field) => [field, row[field]]));

const readAgain = (
  { name, info }: SoftModel,
  [row = {}]: readonly QueryObject[],
): { model: string; action: string; args: unknown; path: readonly string[] } => ({
  model: name,
  action: 'findUnique',
  args: { where: uniqueWhere(info, row) },
  path: [],
});
