import { createContext, parseTenantId, runWithContext } from '@nestarc/core';
import { Client } from 'pg';
import type { TestDatabase } from '@nestarc/testing';
import { performance } from 'node:perf_hooks';
import { countStatements } from '../network/statement-counter';
import { auditedClient, bareClient, type BenchClient, POOL_SIZE } from './clients';
import type { BenchDatabases } from './database';
import { BATCH, type OperationName, type Perform, plainly, TENANT, withOwnEntries } from './operations';

/** Who competes. */
export const CONTENDERS = ['bare', 'clientSide', 'nestarc'] as const;

/** One of them. */
export type ContenderName = (typeof CONTENDERS)[number];

/** In a transaction of the application, or as a call of its own. */
export type Place = 'inside' | 'outside';

/** What one turn has shown. */
export interface TurnFigures {
  /** Operations per second. */
  readonly throughput: number;
  /** How long each took, in milliseconds. */
  readonly latenciesMs: readonly number[];
}

const CONTEXT = createContext({
  tenantId: parseTenantId(TENANT),
  requestId: 'request-1',
  actor: { id: 'user-1', type: 'user' },
});

/** A way to change rows, and to know of it. */
export class Contender {
  readonly #client: BenchClient;
  readonly #perform: Perform;
  readonly #database: TestDatabase;
  readonly #admin: Client;

  /**
   * @param name - which
   * @param databases - where
   */
  constructor(
    readonly name: ContenderName,
    databases: BenchDatabases,
  ) {
    this.#database = databases[name];
    this.#client = this.#connect(this.#database.appUrl);
    this.#perform = name === 'clientSide' ? withOwnEntries : plainly;
    this.#admin = new Client({ connectionString: this.#database.adminUrl });
  }

  /** Connects. */
  async start(): Promise<void> {
    await this.#admin.connect();
  }

  /**
   * Does an operation again and again, ten at a time, on fresh rows, and looks whether all of it has been done and recorded.
   *
   * @param operation - which
   * @param place - where
   * @param count - how often
   */
  async takeTurn(operation: OperationName, place: Place, count: number): Promise<TurnFigures> {
    const runs = count + POOL_SIZE;
    await this.#fill(operation, runs);
    const before = await this.#entries();
    const latenciesMs: number[] = [];
    const numbers = Array.from({ length: runs }, (_, index) => index).values();
    const worker = async (): Promise<void> => {
      for (const number of numbers) {
        const begun = performance.now();
        await this.#once(this.#client, operation, place, number);
        latenciesMs.push(performance.now() - begun);
      }
    };
    // What comes first pays for what others left behind.
    const warmUp = Array.from({ length: POOL_SIZE }, () => numbers.next().value ?? 0);
    await Promise.all(warmUp.map((number) => this.#once(this.#client, operation, place, number)));
    const started = performance.now();
    await Promise.all(Array.from({ length: POOL_SIZE }, worker));
    const seconds = (performance.now() - started) / 1000;
    await this.#check(operation, runs, (await this.#entries()) - before);
    return { throughput: count / seconds, latenciesMs };
  }

  /**
   * Counts the statements of an operation, BEGIN, COMMIT and settings among them.
   *
   * @param operation - which
   * @param place - where
   */
  async countStatements(operation: OperationName, place: Place): Promise<number> {
    await using counter = await countStatements(this.#database.appUrl);
    const client = this.#connect(counter.url);
    try {
      await this.#fill(operation, 2);
      await this.#once(client, operation, place, 0);
      counter.reset();
      await this.#once(client, operation, place, 1);
      return counter.count;
    } finally {
      await client.$disconnect();
    }
  }

  /** Disconnects. */
  async stop(): Promise<void> {
    await Promise.all([this.#client.$disconnect(), this.#admin.end()]);
  }

  #connect(url: string): BenchClient {
    return this.name === 'nestarc' ? auditedClient(url) : bareClient(url);
  }

  #once(client: BenchClient, operation: OperationName, place: Place, number: number): Promise<void> {
    return runWithContext(CONTEXT, () =>
      place === 'outside'
        ? this.#perform(client, operation, number)
        : client.$transaction((tx) => this.#perform(tx, operation, number)),
    );
  }

  /** Puts the rows there that the operation is to find, as many for each contender, and nothing else. */
  async #fill(operation: OperationName, runs: number): Promise<void> {
    const perRun = operation.endsWith('100') ? BATCH : 1;
    // The rows are not what is measured: they come without entries.
    await this.#admin.query(`SET session_replication_role = replica`);
    await this.#admin.query('TRUNCATE orders');
    await this.#admin.query(
      `INSERT INTO orders SELECT n, $1, n / $2::int, 'Customer ' || n, 'open', 'As ordered by phone', n % 10, 129.90, now()
         FROM generate_series(0, $3::int - 1) n`,
      [TENANT, perRun, operation === 'create' ? 1000 : runs * perRun],
    );
    await this.#admin.query('SET session_replication_role = DEFAULT');
    await this.#admin.query('VACUUM ANALYZE orders');
  }

  async #entries(): Promise<number> {
    if (this.name === 'bare') return 0;
    const table = this.name === 'nestarc' ? 'audit_logs' : 'client_entries';
    const { rows } = await this.#admin.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`);
    return rows[0]?.count ?? 0;
  }

  async #check(operation: OperationName, runs: number, entries: number): Promise<void> {
    const changed = runs * (operation.endsWith('100') ? BATCH : 1);
    const { rows } = await this.#admin.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM orders WHERE status LIKE 'packed%'`,
    );
    const expected = operation.startsWith('update') ? changed : 0;
    if (rows[0]?.count !== expected) throw new Error(`${this.name}: ${operation} did not change ${expected} rows`);
    if (this.name !== 'bare' && entries !== changed) {
      throw new Error(`${this.name}: ${operation} left ${entries} entries instead of ${changed}`);
    }
  }
}
