import type { OperationTransaction } from '@nestarc/prisma';
import { randomUUID } from 'node:crypto';
import { OwnOperationMissedError } from '../errors/own-operation-missed.error';
import type { SoftDeleteSchema } from '../model/soft-delete-schema';
import { runOwnOperation } from '../planner/own-operation';
import type { QueryObject } from '../reads/query-value';
import { runAsPartOf } from '../rows/operation-settings';
import { keyOf, selectOf } from '../writes/unique-where';
import { countRows, type FoundRows, openForPurge, removeRows } from './purge-batch';
import { type PurgeGroup, purgeOrder } from './purge-order';
import { PurgePages } from './purge-pages';
import { isReferredTo, withSavepoint } from './purge-savepoint';
import { PurgeTally } from './purge-tally';
import {
  MAX_BATCH_SIZE,
  type PurgeCounts,
  type PurgedModel,
  type PurgeRequest,
  type PurgeResult,
} from './purge.options';

/** What one way through all rows of a group came to. */
interface Pass {
  readonly purged: number;
  readonly blocked: number;
  readonly batches: number;
}

/** One purge. */
export class PurgeRun {
  readonly #id = randomUUID();
  readonly #tally: PurgeTally;
  /** Whether it is part of a transaction of the caller, which nobody knows ahead of the first batch. */
  #isJoined: boolean | undefined;

  /**
   * @param client - the client
   * @param schema - the models
   * @param request - what is to be purged
   */
  constructor(
    private readonly client: object,
    private readonly schema: SoftDeleteSchema,
    private readonly request: PurgeRequest,
  ) {
    this.#tally = new PurgeTally(request.models, request.olderThan);
  }

  /** Runs it. */
  async run(): Promise<PurgeResult> {
    const { models, dryRun } = this.request;
    try {
      if (dryRun) await this.#count();
      else for (const group of purgeOrder(this.schema.metadata, models)) await this.#purge(group);
    } finally {
      this.#tally.over();
    }
    return { count: this.#tally.count, models: this.#tally.models, dryRun, isComplete: !this.#isStopped };
  }

  get #isStopped(): boolean {
    return this.request.signal?.aborted === true;
  }

  async #count(): Promise<void> {
    const { models, olderThan } = this.request;
    const [first] = models;
    if (first === undefined || this.#isStopped) return;
    const { name, info } = first.soft;
    let counts: readonly PurgeCounts[] | undefined;
    const look = async (tx: OperationTransaction): Promise<void> => {
      counts = await countRows(tx, this.schema, models, olderThan);
    };
    await this.#operate(name, { select: selectOf(keyOf(info)), take: 1 }, look, () => undefined);
    if (counts === undefined) throw new OwnOperationMissedError(name);
    for (const [index, model] of models.entries()) this.#tally.add(model, counts[index] ?? NOTHING);
  }

  /**
   * Goes through the rows as often as that makes a difference: of rows that refer to each other, the first pass may meet one
   * ahead of those that refer to it. Those that do so in a circle have to be in one batch.
   */
  async #purge(group: PurgeGroup): Promise<void> {
    let size = this.request.batchSize;
    while (!this.#isStopped) {
      const { purged, blocked, batches } = await this.#pass(group, size);
      const isSettled = !group.isCyclic || blocked === 0 || batches <= 1;
      if (isSettled || (purged === 0 && size >= MAX_BATCH_SIZE)) return;
      if (purged === 0) size = MAX_BATCH_SIZE;
    }
  }

  async #pass({ models }: PurgeGroup, size: number): Promise<Pass> {
    const pages = models.map((model) => new PurgePages(model, this.request.olderThan));
    const sum = { purged: 0, blocked: 0, batches: 0 };
    this.#tally.beginPass(models);
    for (;;) {
      const active = pages.filter(({ isDone }) => !isDone);
      if (active.length === 0 || this.#isStopped) return sum;
      const counts = await this.#batch(active, size);
      sum.batches += 1;
      for (const [index, { model }] of active.entries()) {
        const { purged, blocked } = counts[index] ?? NOTHING;
        sum.purged += purged;
        sum.blocked += blocked;
        const total = this.#tally.add(model, counts[index] ?? NOTHING);
        await this.request.onBatch?.({ model: model.soft.name, purged, total });
      }
    }
  }

  /**
   * Foreign keys that the schema does not tell of, and rows that the caller cannot see, have PostgreSQL refuse a batch as a
   * whole. Smaller ones find the row that it is about; that one stays.
   */
  async #batch(pages: readonly PurgePages[], size: number): Promise<readonly PurgeCounts[]> {
    const found: FoundRows[] = [];
    try {
      const counts = await this.#remove(pages, size, found);
      for (const [index, page] of pages.entries()) {
        page.advance(found[index]?.rows ?? [], counts[index]?.purged ?? 0, size);
      }
      return counts;
    } catch (error) {
      if (!isReferredTo(error)) throw error;
      if (size > 1) return this.#batch(pages, Math.ceil(size / 10));
      for (const [index, page] of pages.entries()) page.advance(found[index]?.rows ?? [], 0, size);
      return found.map(({ rows }) => ({ purged: 0, blocked: rows.length, held: 0 }));
    }
  }

  async #remove(pages: readonly PurgePages[], size: number, found: FoundRows[]): Promise<readonly PurgeCounts[]> {
    const [first, ...others] = pages;
    if (first === undefined) return [];
    const { name } = first.model.soft;
    let counts: readonly PurgeCounts[] | undefined;
    let refused: { readonly refusal: unknown } | undefined;
    const work = async (tx: OperationTransaction, rows: readonly QueryObject[]): Promise<void> => {
      found.push({ model: first.model, rows });
      for (const page of others) found.push({ model: page.model, rows: await nextRows(tx, page, size) });
      counts = found.map(() => NOTHING);
      if (found.every((page) => page.rows.length === 0)) return;
      const remove = async (): Promise<readonly PurgeCounts[]> =>
        removeRows(tx, this.schema, found, this.request.olderThan);
      const outcome = this.#isJoined === false ? { removed: await remove() } : await withSavepoint(tx, remove);
      if ('refusal' in outcome) refused = outcome;
      else counts = outcome.removed;
    };
    const purged = (): Map<PurgedModel, number> =>
      new Map(pages.map(({ model }, index) => [model, counts?.[index]?.purged ?? 0]));
    let isCommitted = false;
    this.#tally.began();
    try {
      await this.#operate(name, first.args(size), work, () => {
        isCommitted = true;
        this.#tally.committed(purged());
      });
      this.#isJoined = !isCommitted;
    } catch (error) {
      this.#tally.failed();
      throw error;
    }
    if (counts === undefined) throw new OwnOperationMissedError(name);
    if (refused !== undefined) throw refused.refusal;
    return counts;
  }

  #operate(
    name: string,
    args: QueryObject,
    work: (tx: OperationTransaction, rows: readonly QueryObject[]) => Promise<void>,
    committed: () => void,
  ): Promise<unknown> {
    return runAsPartOf('purge', this.#id, () =>
      runOwnOperation(this.client, name, args, (scope) => {
        openForPurge(scope.opened, this.schema, this.request.models);
        this.#tally.announce = (event) => scope.announce(event);
        this.#tally.actorId = scope.actorId();
        return { after: (tx, rows) => work(tx, rows as readonly QueryObject[]), committed };
      }),
    );
  }
}

const NOTHING: PurgeCounts = Object.freeze({ purged: 0, blocked: 0, held: 0 });

async function nextRows(tx: OperationTransaction, page: PurgePages, size: number): Promise<readonly QueryObject[]> {
  const operation = { model: page.model.soft.name, action: 'findMany', args: page.args(size), path: [] };
  return (await tx.run(operation)) as readonly QueryObject[];
}
