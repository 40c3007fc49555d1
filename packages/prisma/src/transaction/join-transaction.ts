import type { ClientInternals, EngineRequest, PrismaTransactionOptions } from '../client/client-internals';
import { type AmbientClient, createAmbientClient } from './ambient-client';
import { type AmbientFrame, ambientClients, currentFrame, inFrame, outsideOf, scopeIn } from './ambient-storage';
import { runNested } from './nested-transaction';
import { assertJoinable } from './transaction-options';
import type { TransactionScope } from './transaction-scope';

/**
 * Makes the operations of a client join its ambient transaction, wherever one is open where they are called.
 *
 * @param internals - internals of the client
 */
export function joinAmbientTransaction(internals: ClientInternals): void {
  if (ambientClients.has(internals)) return;
  const client = createAmbientClient(internals);
  joinOperations(client);
  joinTransactions(client);
  rememberItxClients(client);
  attendRequests(client);
}

/** Model calls and raw SQL: a Prisma promise runs in the transaction it was called in, whoever awaits it. */
function joinOperations(client: AmbientClient): void {
  const { internals } = client;
  const create = internals._createPrismaPromise;
  internals._createPrismaPromise = (run, ...description) => {
    const called = currentFrame();
    // The usual case, which must cost nothing: no transaction is open where the call is made, nor where it runs.
    const bound = called === undefined ? undefined : scopeIn(called, client);
    return create(
      (transaction) => {
        if (transaction === undefined && bound === undefined) return inFrame(called, () => run(transaction));
        const scope = transaction === undefined ? bound : client.scopeOf(transaction);
        return scope === undefined ? outsideOf(client, () => run(transaction)) : runIn(scope, run);
      },
      ...description,
    );
  };
}

function runIn(bound: TransactionScope, run: (transaction: unknown) => unknown): unknown {
  const { frame, scope } = placeOf(bound);
  return scope.attend(() => inFrame(frame, () => run(scope.transaction)));
}

/**
 * Gives the scope that an operation runs in: one that was called ahead of a savepoint and runs where it is filled runs in
 * it. It could not wait for the end of the savepoint, which waits for it.
 *
 * @param bound - the scope it was called in
 */
export function placeOf(bound: TransactionScope): {
  readonly frame: AmbientFrame | undefined;
  readonly scope: TransactionScope;
} {
  const frame = currentFrame();
  const running = scopeIn(frame, bound.trunk.client);
  return running?.isWithin(bound) === true ? { frame, scope: running } : { frame: bound.frame, scope: bound };
}

/** `$transaction` inside an ambient transaction is a savepoint of it; a second connection might never come. */
function joinTransactions(client: AmbientClient): void {
  const { internals } = client;
  const { _transactionWithCallback: withCallback, _transactionWithArray: withArray } = internals;

  internals._transactionWithCallback = async function (request) {
    const scope = scopeToNestIn(client, this, request.options);
    if (scope === undefined) return withCallback.call(this, request);
    return runNested(scope, (nested) => {
      // What Prisma 7 keeps for savepoints of its own; Prisma 6 takes the transaction alone.
      const level = nested.frame;
      return request.callback(internals._createItxClient.call(this, nested.transaction, level, { stack: [level] }));
    });
  };

  internals._transactionWithArray = async function (request) {
    const scope = scopeToNestIn(client, this, request.options);
    if (scope === undefined || !request.promises.every(isPrismaPromise)) return withArray.call(this, request);
    const { promises } = request;
    return runNested(scope, async (nested) => {
      const results: unknown[] = [];
      for (const promise of promises) results.push(await promise.requestTransaction(nested.transaction));
      return results;
    });
  };
}

/**
 * Finds the scope that `$transaction` would nest in; `tx.$transaction`, which Prisma 7 has, nests in the transaction of `tx`.
 *
 * @param client - the client
 * @param caller - the client it is called on
 */
export function enclosingScope(client: AmbientClient, caller: unknown): TransactionScope | undefined {
  const transaction = client.transactionOf(caller);
  return transaction === undefined ? scopeIn(currentFrame(), client) : client.scopeOf(transaction);
}

function scopeToNestIn(
  client: AmbientClient,
  caller: unknown,
  options: PrismaTransactionOptions | undefined,
): TransactionScope | undefined {
  const scope = enclosingScope(client, caller);
  if (scope === undefined) return undefined;
  scope.assertEnterable();
  assertJoinable(scope.trunk, { isolationLevel: options?.isolationLevel });
  return scope;
}

interface PrismaPromise {
  requestTransaction(transaction: unknown): Promise<unknown>;
}

const isPrismaPromise = (value: unknown): value is PrismaPromise =>
  typeof (value as Partial<PrismaPromise> | null | undefined)?.requestTransaction === 'function';

function rememberItxClients(client: AmbientClient): void {
  const { internals } = client;
  const create = internals._createItxClient;
  internals._createItxClient = function (transaction, ...rest) {
    const itxClient = create.call(this, transaction, ...rest);
    client.remember(itxClient, transaction);
    return itxClient;
  };
}

/** Every operation passes here once, also those of the client a transaction's callback is given. */
function attendRequests(client: AmbientClient): void {
  const handler = client.internals._requestHandler;
  const send = handler.request.bind(handler);
  handler.request = (request: EngineRequest) => {
    const { transaction } = request;
    const bound = transaction?.kind === 'itx' ? client.scopeOf(transaction) : undefined;
    return bound === undefined ? send(request) : placeOf(bound).scope.perform(() => send(request));
  };
}
