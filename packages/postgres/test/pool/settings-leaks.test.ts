import { type RequestContext, runWithContext } from '@nestarc/core';
import type { PoolClient } from 'pg';
import { describe, expect, it } from 'vitest';
import type { ContextPool } from '../../src';
import { A, B, useNotes } from './fixture/notes';
import { seededRandom } from './fixture/seeded-random';
import { carrying, NAMES, shownOn } from './fixture/shown-settings';

const SEED = Number(process.env['NESTARC_SEED'] ?? 20_261_123);
const STATEMENTS = 10_000;
const TEXTS = ['1', '*', ',users,', `q"u\\o't{e},`, ' ', 'ü€'];

/** Of a setting that the context carries; of any other, it is the caller's own business. */
const THEIRS = "SELECT set_config('app.one', 'theirs', true)";

/** One of several at work on the pool at random; each statement looks at what it finds in force. */
class Worker {
  statements = 0;
  readonly leaks: string[] = [];

  constructor(
    readonly pool: ContextPool,
    readonly random: () => number,
  ) {}

  async run(statements: number): Promise<void> {
    while (this.statements < statements) {
      const context = this.random() < 0.5 ? A : B;
      if (this.random() < 0.5) await this.#look(context, this.pool);
      else await this.#onClient(context);
    }
  }

  async #onClient(context: RequestContext): Promise<void> {
    const client = await this.pool.connect();
    if (this.random() < 0.3) for (let left = this.#upTo(5); left > 0; left--) await this.#look(context, client);
    else await this.#inTransaction(context, client);
    client.release();
  }

  async #inTransaction(context: RequestContext, client: PoolClient): Promise<void> {
    await carrying(context, this.#settings(), () => client.query('BEGIN'));
    let savepoints = 0;
    for (let left = this.#upTo(12); left > 0; left--) {
      const dice = this.random();
      if (dice < 0.15) await this.#control(context, client, `SAVEPOINT s${++savepoints}`);
      else if (dice < 0.25 && savepoints > 0) {
        await this.#control(context, client, `ROLLBACK TO SAVEPOINT s${this.#upTo(savepoints)}`);
        savepoints = 0;
      } else if (dice < 0.32 && savepoints > 0) await this.#failAndReturn(context, client, savepoints);
      else if (dice < 0.4) await this.#control(context, client, THEIRS, { 'app.one': '1' });
      else if (dice < 0.5) await Promise.all([1, 2, 3].map(() => this.#look(context, client)));
      else await this.#look(context, client);
    }
    await this.#control(context, client, this.random() < 0.5 ? 'COMMIT' : 'ROLLBACK');
  }

  async #failAndReturn(context: RequestContext, client: PoolClient, savepoints: number): Promise<void> {
    await this.#control(context, client, 'SELECT 1 / 0').catch(() => undefined);
    await this.#control(context, client, `ROLLBACK TO SAVEPOINT s${savepoints}`);
  }

  #control(context: RequestContext, client: PoolClient, text: string, settings = this.#settings()): Promise<unknown> {
    this.statements += 1;
    return carrying(context, settings, () => client.query(text));
  }

  async #look(context: RequestContext, target: ContextPool | PoolClient): Promise<void> {
    this.statements += 1;
    const settings = this.#settings();
    const shown = await carrying(context, settings, () => shownOn(target));
    const wanted = JSON.stringify({ tenant: context.tenantId, settings });
    if (JSON.stringify(shown) !== wanted) this.leaks.push(`${wanted} found ${JSON.stringify(shown)}`);
  }

  /** None, more often than not. */
  #settings(): Record<string, string> {
    if (this.random() < 0.5) return {};
    const some = NAMES.filter(() => this.random() < 0.5);
    return Object.fromEntries(some.map((name) => [name, TEXTS[this.#upTo(TEXTS.length) - 1] ?? '']));
  }

  #upTo(most: number): number {
    return 1 + Math.floor(this.random() * most);
  }
}

describe('statements with further settings and statements without, in any order', () => {
  const notes = useNotes();

  it.each([1, 5])(
    `find their own in force, on a pool of %d (NESTARC_SEED=${SEED})`,
    async (max) => {
      const pool = notes.openPool({ max });
      const random = seededRandom(SEED);
      const workers = Array.from({ length: max }, () => new Worker(pool, seededRandom(Math.floor(random() * 2 ** 31))));
      await Promise.all(workers.map((worker) => worker.run(STATEMENTS / max)));
      expect(workers.flatMap(({ leaks }) => leaks)).toEqual([]);
      expect(workers.reduce((sum, { statements }) => sum + statements, 0)).toBeGreaterThanOrEqual(STATEMENTS);
      expect((await runWithContext(A, () => shownOn(pool))).settings).toEqual({});
    },
    120_000,
  );
});
