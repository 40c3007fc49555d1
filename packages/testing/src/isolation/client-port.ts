import { NestarcError } from '@nestarc/core';

/** A row, as `to_jsonb` gives it. */
export type Row = Readonly<Record<string, unknown>>;

/** Runs SQL on a client or in a transaction; every parameter is a text and is cast in the statement. */
export interface SqlPort {
  /** Runs a query. */
  rows(text: string, values?: readonly string[]): Promise<readonly Row[]>;
  /** Runs a statement and tells how many rows it touched. */
  execute(text: string, values?: readonly string[]): Promise<number>;
}

/** A client under test: its SQL, and its transactions. */
export interface ClientPort extends SqlPort {
  /** The Prisma client, or `undefined` for a pool. */
  readonly prisma: PrismaLike | undefined;
  /**
   * Runs work in a transaction and rolls it back, whatever comes of it.
   *
   * @param work - gets the client of the transaction, and its SQL
   */
  rolledBack<T>(work: (client: object, sql: SqlPort) => Promise<T>): Promise<T>;
}

/** The part of a Prisma client the suite works with. */
export interface PrismaLike {
  $queryRawUnsafe(text: string, ...values: unknown[]): PromiseLike<unknown>;
  $executeRawUnsafe(text: string, ...values: unknown[]): PromiseLike<number>;
  $transaction(work: (tx: PrismaLike) => Promise<void>, options: object): Promise<unknown>;
}

interface PoolLike extends Queryable {
  connect(): Promise<Queryable & { release(): void }>;
}

interface Queryable {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly Row[]; readonly rowCount: number | null }>;
}

/** Thrown for a client that is neither a Prisma client nor a pool. */
export class UnknownClientError extends NestarcError {
  constructor() {
    super('The isolation suite works with an attached Prisma client or a ContextPool; this client is neither', {
      code: 'CLIENT_UNKNOWN',
    });
  }
}

/**
 * Makes the client under test usable in one way, whatever it is.
 *
 * @param client - a Prisma client or a pool
 * @throws {@link UnknownClientError} for anything else
 */
export function portOf(client: object): ClientPort {
  if ('$transaction' in client) return prismaPort(client as PrismaLike);
  if ('connect' in client && 'query' in client) return poolPort(client as PoolLike);
  throw new UnknownClientError();
}

const TRANSACTION_MS = 20_000;

function prismaPort(prisma: PrismaLike): ClientPort {
  return {
    prisma,
    ...prismaSql(prisma),
    async rolledBack(work) {
      const outcome = new Outcome<Awaited<ReturnType<typeof work>>>();
      const options = { maxWait: TRANSACTION_MS, timeout: TRANSACTION_MS };
      const transaction = prisma.$transaction(async (tx) => {
        outcome.set(await work(tx, prismaSql(tx)));
        throw outcome;
      }, options);
      return outcome.after(transaction);
    },
  };
}

/** Thrown to roll a transaction back, with the result of its work. */
class Outcome<T> extends Error {
  #value: { readonly result: T } | undefined;

  set(result: T): void {
    this.#value = { result };
  }

  async after(transaction: Promise<unknown>): Promise<T> {
    try {
      await transaction;
    } catch (error) {
      if (error !== this || this.#value === undefined) throw error;
    }
    if (this.#value === undefined) throw new Error('The transaction ended without running its work');
    return this.#value.result;
  }
}

function prismaSql(prisma: PrismaLike): SqlPort {
  return {
    rows: async (text, values = []) => (await prisma.$queryRawUnsafe(text, ...values)) as readonly Row[],
    execute: async (text, values = []) => await prisma.$executeRawUnsafe(text, ...values),
  };
}

function poolPort(pool: PoolLike): ClientPort {
  return {
    prisma: undefined,
    ...poolSql(pool),
    async rolledBack(work) {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        return await work(client, poolSql(client));
      } finally {
        await client.query('ROLLBACK');
        client.release();
      }
    },
  };
}

function poolSql(client: Queryable): SqlPort {
  return {
    rows: async (text, values = []) => (await client.query(text, [...values])).rows,
    execute: async (text, values = []) => (await client.query(text, [...values])).rowCount ?? 0,
  };
}
