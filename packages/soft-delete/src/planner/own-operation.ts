import { contextSlot, currentContext, runWithContext, slotValue, withSlot } from '@nestarc/core';
import type { OperationPlan, PlannedOperation } from '@nestarc/prisma';
import { isDeepStrictEqual } from 'node:util';
import { isQueryObject } from '../reads/query-value';
import type { WriteScope } from '../writes/write-scope';

/** An operation of this package: planned by whoever runs it, and not rewritten. */
export interface OwnOperation {
  /** Name of the model. */
  readonly model: string;
  /** What it selects. */
  readonly select: unknown;
  /**
   * Plans it.
   *
   * @param scope - as for any operation; `opened` is to be filled in
   */
  readonly plan: (scope: WriteScope) => OperationPlan;
  /** Whether it is planned. */
  isTaken: boolean;
}

const OWN = contextSlot<OwnOperation>('soft-delete:own-operation');

/**
 * Runs `findMany` with a plan of this package: it joins transactions, carries the context and is committed as any operation.
 *
 * @param client - a Prisma client, or that of a transaction's callback
 * @param model - name of the model
 * @param args - arguments of `findMany`
 * @param plan - plans it, see {@link OwnOperation}
 * @returns what the plan makes of the answer
 */
export async function runOwnOperation(
  client: object,
  model: string,
  args: object,
  plan: OwnOperation['plan'],
): Promise<unknown> {
  const own: OwnOperation = { model, select: selectIn(args), plan, isTaken: false };
  const delegate: unknown = Reflect.get(client, model.charAt(0).toLowerCase() + model.slice(1));
  const { findMany } = delegate as { readonly findMany: (this: unknown, args: object) => PromiseLike<unknown> };
  return runWithContext(withSlot(currentContext(), OWN, own), async () => await findMany.call(delegate, args));
}

/**
 * Recognises such an operation, by what it selects too: what a query extension of the user runs ahead of it is an operation like
 * others, and one that narrows its filter does so to ours.
 *
 * @param operation - an operation that is to be planned
 * @returns its plan is asked for once
 */
export function takeOwnOperation({ model, action, args }: PlannedOperation): OwnOperation | undefined {
  const own = slotValue(OWN);
  if (own === undefined || own.isTaken || own.model !== model || action !== 'findMany') return undefined;
  if (!isDeepStrictEqual(selectIn(args), own.select)) return undefined;
  own.isTaken = true;
  return own;
}

const selectIn = (args: unknown): unknown => (isQueryObject(args) ? args['select'] : undefined);
