import { identifier, sql, type SqlFragment } from '@nestarc/postgres';
import { AuditCheckpointBehindError } from '../errors/audit-prune.errors';
import { typed } from '../service/value.sql';
import type { AuditTable } from '../table/audit-table';
import type { PruneDatabase } from './prune.database';
import type { AuditPruneResult, ResolvedPruneOptions } from './prune.options';

interface Prunable {
  readonly part: string;
  readonly isWhole: boolean;
}

interface Layout {
  readonly isPartitioned: boolean;
  readonly parts: readonly Prunable[];
}

/** One run of pruning: partition by partition, or batch by batch, each committed by itself. */
export class PruneRun {
  readonly #deadline: number;
  readonly #pruned: string[] = [];
  #deleted = 0;

  /**
   * @param database - where
   * @param audit - the audit table
   * @param options - what is removed
   */
  constructor(
    private readonly database: PruneDatabase,
    private readonly audit: AuditTable,
    private readonly options: ResolvedPruneOptions,
  ) {
    this.#deadline = performance.now() + options.timeoutMs;
  }

  /** Runs it. */
  async run(): Promise<AuditPruneResult> {
    const { mode, dryRun } = this.options;
    const { isPartitioned, parts } = await this.#answer<Layout>(this.#layout());
    const wanted = parts.filter(({ isWhole }) => isWhole || !isPartitioned || mode === 'drop');
    let isComplete = true;
    for (const part of wanted) isComplete &&= await this.#prune(part);
    const layout = isPartitioned ? 'partitioned' : 'flat';
    return { layout, mode, prunedPartitions: this.#pruned, deletedRows: this.#deleted, dryRun, isComplete };
  }

  async #prune({ part, isWhole }: Prunable): Promise<boolean> {
    const { batchSize, dryRun, onProgress } = this.options;
    for (;;) {
      if (this.#isOver) return false;
      const entries = await this.#answer<number>(this.#step(part, dryRun ? 0 : batchSize));
      if (entries < 0) throw new AuditCheckpointBehindError(part);
      this.#deleted += entries;
      if (isWhole) this.#pruned.push(part);
      if (!dryRun) await onProgress?.({ partition: part, entries, deletedRows: this.#deleted });
      if (isWhole || dryRun || entries < batchSize) return true;
    }
  }

  get #isOver(): boolean {
    return this.options.signal?.aborted === true || performance.now() >= this.#deadline;
  }

  #answer<T>(statement: SqlFragment): Promise<T> {
    const totalMs = Math.ceil(this.#deadline - performance.now());
    return this.database.answer<T>(statement, { lockMs: this.options.maxWaitMs, totalMs });
  }

  #layout(): SqlFragment {
    const { schema, quoted, prunableFunction } = this.audit;
    return sql`SELECT pg_catalog.json_build_object(
      'isPartitioned', (SELECT c.relkind = 'p' FROM pg_catalog.pg_class c WHERE c.oid = ${typed.text(quoted.text)}::regclass),
      'parts', (SELECT COALESCE(pg_catalog.json_agg(pg_catalog.json_build_object('part', f.part, 'isWhole', f.is_whole)), '[]')
        FROM ${identifier(schema, prunableFunction)}(${typed.time(this.options.olderThan)}) f))::text AS answer`;
  }

  /** A checkpoint in time has got to what is older than it. */
  #step(part: string, limit: number): SqlFragment {
    const { olderThan, mode, requiredCheckpoints } = this.options;
    const positions = requiredCheckpoints.map((checkpoint) => {
      if ('xid' in checkpoint) return [checkpoint.xid, checkpoint.seq];
      return Date.parse(checkpoint.created) < olderThan.getTime() ? ['0', '0'] : undefined;
    });
    const checkpoints = typed.json(positions.filter((position) => position !== undefined));
    return sql`SELECT ${identifier(this.audit.schema, this.audit.pruneFunction)}(${typed.text(part)}, ${typed.time(olderThan)},
      ${String(mode === 'detach')}::text::boolean, ${String(limit)}::text::integer, ${checkpoints})::text AS answer`;
  }
}
