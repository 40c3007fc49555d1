import { TransactionFinishedError } from './transaction-finished.error';

interface DriverStatement {
  readonly sql: string;
}

/** A transaction as the driver adapter hands it to Prisma. */
interface DriverTransaction {
  executeRaw(statement: DriverStatement): Promise<unknown>;
  queryRaw(statement: DriverStatement): Promise<unknown>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

interface DriverAdapter {
  startTransaction(...args: unknown[]): Promise<DriverTransaction>;
}

interface DriverAdapterFactory {
  connect(): Promise<DriverAdapter>;
}

/** What `connect` was replaced with: adopting an adapter replaces it again. */
const guarded = new WeakMap<object, () => unknown>();
const isGuarded = (factory: { readonly connect: () => unknown }): boolean => guarded.get(factory) === factory.connect;

/**
 * Makes each transaction of a driver adapter give its connection back exactly once, and send nothing on it afterwards.
 *
 * Prisma 6 does not give back the connection of a COMMIT or ROLLBACK that failed: a constraint that is checked at COMMIT
 * would cost a connection each time. And an operation of several statements, such as a nested write, goes on where it is
 * when the time of its transaction is up: its next statement would run on the connection of somebody else.
 *
 * @param adapterFactory - the `adapter` a client was constructed with, if it was
 */
export function releaseEndedConnections(adapterFactory: unknown): void {
  // The classic engines hold their connections themselves, and have no adapter.
  if (typeof (adapterFactory as Partial<DriverAdapterFactory> | undefined)?.connect !== 'function') return;
  const factory = adapterFactory as DriverAdapterFactory;
  // Clients with an engine of their own have no adapter.
  const isFactory = typeof (factory as Partial<DriverAdapterFactory> | undefined)?.connect === 'function';
  if (!isFactory || isGuarded(factory)) return;
  const connect = factory.connect.bind(factory);
  const guardedConnect = async (): Promise<DriverAdapter> => {
    const adapter = await connect();
    const start = adapter.startTransaction.bind(adapter);
    adapter.startTransaction = async (...args) => guard(await start(...args));
    return adapter;
  };
  guarded.set(factory, guardedConnect);
  factory.connect = guardedConnect;
}

function guard(transaction: DriverTransaction): DriverTransaction {
  const state = { isEnding: false, isReleased: false };
  const executeRaw = transaction.executeRaw.bind(transaction);
  const queryRaw = transaction.queryRaw.bind(transaction);
  const once = (release: () => Promise<void>) => async () => {
    if (state.isReleased) return;
    state.isEnding = true;
    state.isReleased = true;
    await release();
  };
  transaction.commit = once(transaction.commit.bind(transaction));
  transaction.rollback = once(transaction.rollback.bind(transaction));
  transaction.queryRaw = async (statement) => {
    // ROLLBACK waits on the connection for the statement that runs; what is sent after it would run behind it.
    if (state.isEnding) throw new TransactionFinishedError('undone');
    return queryRaw(statement);
  };
  transaction.executeRaw = async (statement) => {
    if (state.isEnding) throw new TransactionFinishedError('undone');
    if (statement.sql !== 'COMMIT' && statement.sql !== 'ROLLBACK') return executeRaw(statement);
    state.isEnding = true;
    try {
      return await executeRaw(statement);
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
  };
  return transaction;
}
