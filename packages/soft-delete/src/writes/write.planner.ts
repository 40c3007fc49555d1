import type { OperationPlan, PlannedOperation } from '@nestarc/prisma';
import { atPath } from '../reads/answer.projector';
import type { AnswerFinisher } from '../reads/answer.finisher';
import { mentionsDeletion } from '../reads/own-mention';
import { isQueryObject, type QueryObject } from '../reads/query-value';
import { rewriteSelection } from '../reads/returned-selection';
import { reachesDeleted } from '../reads/schema-reach';
import { deletionPlan } from './deletion.plan';
import { lookForDeleted } from './deleted-upsert';
import { limitDeletion } from './limited-deletion';
import { rewriteData } from './nested-data.rewriter';
import { expandKeys, narrowed } from './unique-where';
import { WriteRun } from './write.run';
import type { WriteScope } from './write-scope';

/** What becomes of the operation itself. */
interface RewrittenWrite {
  readonly action: string;
  readonly args: QueryObject;
  /** Whether the operation deletes the rows it finds. */
  readonly deletesRoot: boolean;
}

type ModelOperation = PlannedOperation & { readonly model: string };
type Rewriter = (run: WriteRun, operation: ModelOperation, args: QueryObject) => RewrittenWrite;

/** The operations that write. */
const WRITES: ReadonlyMap<string, Rewriter> = new Map<string, Rewriter>([
  ['create', rewriteCreate],
  ['createMany', rewriteCreateMany],
  ['createManyAndReturn', rewriteCreateMany],
  ['update', rewriteUpdate],
  ['updateMany', rewriteUpdate],
  ['updateManyAndReturn', rewriteUpdate],
  ['upsert', rewriteUpsert],
  ['delete', rewriteDelete],
  ['deleteMany', rewriteDelete],
]);

/**
 * Rewrites an operation that writes: what it deletes is marked instead, and rows that are deleted are not there for it.
 *
 * @param scope - what the rewriting goes by; `opened` is filled in even where nothing is to be rewritten
 * @param operation - the operation; its arguments are never changed
 * @returns what becomes of it, or `undefined` when it does not write, or comes upon no deleted rows
 */
export function planWrite(scope: WriteScope, operation: PlannedOperation): OperationPlan | undefined {
  const { model, action, path } = operation;
  const rewrite = WRITES.get(action);
  if (rewrite === undefined || model === undefined || !reachesDeleted(scope.schema, model)) return undefined;
  const given = operation.args ?? {};
  if (!isQueryObject(given)) return undefined;
  const run = new WriteRun(scope);
  const written = rewrite(run, { ...operation, model }, given);
  const { selection, finish } = rewriteSelection(scope, model, given);
  const args = isSameSelection(selection, given) ? written.args : { ...written.args, ...selection };
  if (args === given && finish === undefined && run.before.length === 0) return undefined;
  return {
    ...(written.action === action ? {} : { action: written.action }),
    args,
    ...stepsAhead(run),
    ...deletionPlan(run, { ...operation, model }, written.deletesRoot),
    ...(finish === undefined ? {} : finishAlong(finish, path)),
  };
}

const isSameSelection = (selection: object, given: QueryObject): boolean =>
  Object.entries(selection).every(([key, value]) => given[key] === value);

function stepsAhead(run: WriteRun): Pick<OperationPlan, 'before'> {
  if (run.before.length === 0) return {};
  return {
    before: async (tx) => {
      for (const step of run.before) await step(tx);
    },
  };
}

/** As for reads: rows between the root and the end of a chain of calls are only seen in the whole answer. */
function finishAlong(finish: AnswerFinisher, path: readonly string[]): Pick<OperationPlan, 'finish' | 'path'> {
  if (path.length === 0) return { finish };
  return { path: [], finish: async (answer, run) => atPath(await finish(answer, run), path) };
}

function rewriteCreate(run: WriteRun, { model, action }: ModelOperation, args: QueryObject): RewrittenWrite {
  return {
    action,
    args: changed(args, { data: rewriteData(run, model, args['data'], undefined) }),
    deletesRoot: false,
  };
}

function rewriteCreateMany(run: WriteRun, { model, action }: ModelOperation, args: QueryObject): RewrittenWrite {
  for (const data of [args['data']].flat()) run.openForData(model, data);
  return { action, args, deletesRoot: false };
}

function rewriteUpdate(run: WriteRun, { model, action }: ModelOperation, args: QueryObject): RewrittenWrite {
  const where = run.writable(model, args['where']);
  const data = rewriteData(run, model, args['data'], rowsOf(run, model, args['where']));
  return { action, args: changed(args, { where, data }), deletesRoot: false };
}

function rewriteUpsert(run: WriteRun, { model, action }: ModelOperation, args: QueryObject): RewrittenWrite {
  lookForDeleted(run, model, args['where'], undefined);
  const where = notByIndex(run, model, run.writable(model, args['where']));
  const create = rewriteData(run, model, args['create'], undefined);
  const update = rewriteData(run, model, args['update'], rowsOf(run, model, args['where']));
  return { action, args: changed(args, { where, create, update }), deletesRoot: false };
}

function rewriteDelete(run: WriteRun, { model, action }: ModelOperation, args: QueryObject): RewrittenWrite {
  const soft = run.soft(model);
  if (soft === undefined) {
    return { action, args: changed(args, { where: run.writable(model, args['where']) }), deletesRoot: false };
  }
  run.open(soft);
  const where = run.deletable(soft, args['where']);
  const marking = { ...args, where, data: run.deletion.marksOf(soft) };
  limitDeletion(run, soft, marking);
  return { action: action === 'delete' ? 'update' : 'updateMany', args: marking, deletesRoot: true };
}

/**
 * A key alone has Prisma send INSERT … ON CONFLICT (columns), which no index among active rows answers to: PostgreSQL refuses it
 * with 42P10. With any further filter Prisma looks for the row first (7.10 and 6.19).
 */
function notByIndex({ scope }: WriteRun, model: string, where: unknown): unknown {
  const soft = scope.schema.soft(model);
  if (soft === undefined || !isQueryObject(where) || mentionsDeletion(soft, where)) return where;
  const { deletedAt } = soft;
  return narrowed(where, { OR: [{ [deletedAt]: null }, { [deletedAt]: { not: null } }] });
}

/** The same object where nothing changed. */
function changed(args: QueryObject, parts: QueryObject): QueryObject {
  return Object.entries(parts).every(([key, value]) => args[key] === value) ? args : { ...args, ...parts };
}

/** The mark is part of it: deleted rows may have the same unique key. */
function rowsOf(run: WriteRun, model: string, given: unknown): QueryObject | undefined {
  const info = run.scope.schema.metadata.model(model);
  const where = run.writable(model, given);
  return info !== undefined && isQueryObject(where) ? expandKeys(info, where) : undefined;
}
