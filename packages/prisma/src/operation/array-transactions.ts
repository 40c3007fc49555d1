import { type RequestContext, runWithContext } from '@nestarc/core';
import { TenantSwitchInTransactionError } from '@nestarc/postgres';
import type { ArrayTransactionRequest, ClientInternals, PrismaTransactionOptions } from '../client/client-internals';
import { prismaPromise } from '../fallback/prisma-promise';
import { isSameTenant } from '../client/same-tenant';
import { ambientClients } from '../transaction/ambient-storage';
import { warnOfHook } from '../transaction/transaction-hooks';
import { ArrayMembers, type ArrivedMember } from './array-members';
import type { ClientTransactions } from './client-transactions';

type WithArray = ClientInternals['_transactionWithArray'];
type WithCallback = ClientInternals['_transactionWithCallback'];

interface PrismaPromise {
  requestTransaction(transaction: unknown): Promise<unknown>;
}

/** How the transactions of a client begin, beneath what is put around them. */
export interface TransactionBeginnings {
  readonly withArray: WithArray;
  readonly withCallback: WithCallback;
}

/** Runs `$transaction([…])` of operations that may be planned. */
export class ArrayTransactions {
  readonly #client: ClientInternals;
  readonly #transactions: ClientTransactions;

  constructor(client: ClientInternals, transactions: ClientTransactions) {
    this.#client = client;
    this.#transactions = transactions;
  }

  /**
   * Runs an array: as Prisma does it, unless a member takes several statements. Then they are run in one interactive
   * transaction, one after the other.
   *
   * @param caller - the client it is called on
   * @param request - the array and its options
   * @param begin - opens transactions
   * @returns the answers, in the order of the array
   */
  async run(caller: unknown, request: ArrayTransactionRequest, begin: TransactionBeginnings): Promise<unknown> {
    const { promises, options } = request;
    // What is no array of operations is for Prisma to refuse.
    if (!arePrismaPromises(promises)) return begin.withArray.call(caller, request);
    const members = new ArrayMembers(promises.length);
    const answers = promises.map((promise, index) => started(promise, members, index));
    try {
      await members.gathered;
      const { arrived } = members;
      const [first] = arrived;
      if (first === undefined) return await Promise.all(answers);
      this.#assertOneTenant(arrived);
      if (needsStaging(arrived)) return await this.#stage(caller, members, answers, options, begin.withCallback);
      const together = arrived.map(({ index, assign }) =>
        prismaPromise((transaction) => {
          assign(transaction);
          return answers[index] as Promise<unknown>;
        }),
      );
      await begin.withArray.call(caller, { ...request, promises: together });
    } catch (error) {
      members.refuse(error);
      throw error;
    }
    await members.hooks.run('commit', warnOfHook);
    return Promise.all(answers);
  }

  #stage(
    caller: unknown,
    members: ArrayMembers,
    answers: readonly Promise<unknown>[],
    options: PrismaTransactionOptions | undefined,
    begin: WithCallback,
  ): Promise<unknown[]> {
    const { arrived } = members;
    // As Prisma does: the transaction is that of its first member.
    return runWithContext(arrived[0]?.context, () =>
      this.#transactions.open(caller, begin, options, async (transaction) => {
        for (const { index, assign } of arrived) {
          assign(transaction);
          await answers[index];
        }
        return Promise.all(answers);
      }),
    );
  }

  /** A client that is not attached knows of no tenants. */
  #assertOneTenant(members: readonly ArrivedMember[]): void {
    if (!ambientClients.has(this.#client)) return;
    const first = members[0]?.context;
    if (!members.every(({ context }) => isSameTenant(context, first))) {
      throw new TenantSwitchInTransactionError();
    }
  }
}

/** Starts a member, which then waits for the others. */
function started(promise: PrismaPromise, members: ArrayMembers, index: number): Promise<unknown> {
  const answer = promise.requestTransaction(members.gathering(index));
  answer.then(
    () => members.leave(index),
    (error: unknown) => members.refuse(error),
  );
  return answer;
}

/** Prisma sends the members of an array in the context of the first one: their settings have to be the same. */
const needsStaging = (members: readonly ArrivedMember[]): boolean =>
  members.some(({ needsTransaction, context }) => needsTransaction || !haveSameSettings(context, members[0]?.context));

function haveSameSettings(a: RequestContext | undefined, b: RequestContext | undefined): boolean {
  if (a === b || a?.settings === b?.settings) return true;
  return JSON.stringify(sorted(a?.settings)) === JSON.stringify(sorted(b?.settings));
}

const sorted = (settings: Readonly<Record<string, string>> = {}): readonly (readonly [string, string])[] =>
  Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1));

const arePrismaPromises = (promises: unknown): promises is readonly PrismaPromise[] =>
  Array.isArray(promises) && promises.length > 0 && promises.every(isPrismaPromise);

const isPrismaPromise = (value: unknown): value is PrismaPromise => {
  const promise = value as (Partial<PrismaPromise> & { readonly [Symbol.toStringTag]?: unknown }) | null | undefined;
  return promise?.[Symbol.toStringTag] === 'PrismaPromise' && typeof promise.requestTransaction === 'function';
};
