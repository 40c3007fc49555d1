import { InvalidOptionsError } from '@nestarc/core';
import type { SqlFragment } from '@nestarc/postgres';
import type { ClientInternals, TransactionInfo } from '../client/client-internals';
import type { PlannedOperation } from './operation-plan';

/** Takes the place of a transaction, for an operation that no planner is asked about. */
interface DirectMark extends TransactionInfo {
  readonly kind: 'batch';
  /** What the operation really runs in; `undefined` outside of any. */
  readonly runsIn: TransactionInfo | undefined;
}

const marks = new WeakSet<object>();

/**
 * Recognises an operation of ours by what was passed along in place of its transaction.
 *
 * @param transaction - what Prisma passes along
 */
export const isDirect = (transaction: TransactionInfo): transaction is DirectMark => marks.has(transaction);

interface PrismaPromise {
  requestTransaction(transaction: TransactionInfo): Promise<unknown>;
}

type Delegate = Readonly<Record<string, ((args: unknown) => PrismaPromise) | undefined>>;

/** The client as the user constructed it, without what is extended from it. */
interface BareClient {
  readonly $executeRawUnsafe: (text: string, ...values: readonly unknown[]) => PrismaPromise;
  readonly $queryRawUnsafe: (text: string, ...values: readonly unknown[]) => PrismaPromise;
}

/** Runs operations of ours: no planner is asked about them, and no query extension of the user. */
export class DirectOperations {
  readonly #client: ClientInternals;

  constructor(client: ClientInternals) {
    this.#client = client;
  }

  /**
   * Runs a statement.
   *
   * @param method - how the client calls it
   * @param statement - the statement
   * @param transaction - what it runs in
   */
  runRaw(
    method: keyof BareClient,
    { text, values }: SqlFragment,
    transaction: TransactionInfo | undefined,
  ): Promise<unknown> {
    return directly(this.#bare<BareClient>()[method](text, ...values), transaction);
  }

  /**
   * Runs an operation of a model.
   *
   * @param operation - the operation
   * @param transaction - what it runs in
   * @throws InvalidOptionsError for an operation that no model has
   */
  async run(operation: PlannedOperation, transaction: TransactionInfo | undefined): Promise<unknown> {
    const { model = '', action, args, path } = operation;
    const delegate = this.#bare<Readonly<Record<string, Delegate | undefined>>>()[delegateName(model)];
    if (typeof delegate?.[action] !== 'function') {
      const message = `there is no operation ${action} of a model "${model}"`;
      throw new InvalidOptionsError('OperationTransaction.run()', [{ path: 'operation', message }]);
    }
    const answer = await directly(delegate[action](args), transaction);
    return path.reduce(fieldOf, answer);
  }

  #bare<T>(): T {
    return this.#client._appliedParent as T;
  }
}

function directly(promise: PrismaPromise, runsIn: TransactionInfo | undefined): Promise<unknown> {
  const mark: DirectMark = { kind: 'batch', runsIn };
  marks.add(mark);
  return promise.requestTransaction(mark);
}

const delegateName = (model: string): string => model.charAt(0).toLowerCase() + model.slice(1);

const fieldOf = (holder: unknown, name: string): unknown =>
  (holder as Readonly<Record<string, unknown>> | null | undefined)?.[name];
