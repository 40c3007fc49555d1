import type { Actor, TenantId } from '@nestarc/core';
import type { ExecutionContext } from '@nestjs/common';
import type { TenancyRequest, TenancyResponse } from '../request/tenancy-request';

/** Who a handler runs for; without a tenant it runs on purpose without one. */
export interface Identity {
  /** The verified tenant. */
  readonly tenantId?: TenantId | undefined;
  /** Who asks. */
  readonly actor?: Actor | undefined;
}

/** What is particular to a transport: where a request is read from, how a handler gets its context, what a refusal is. */
export interface ExecutionEdge {
  /**
   * Gives what extractors and proofs read.
   *
   * @param execution - what Nest is about to run
   */
  requestOf(execution: ExecutionContext): TenancyRequest;
  /**
   * Gives what a hook answers through, where there is such a thing.
   *
   * @param execution - what Nest is about to run
   */
  responseOf(execution: ExecutionContext): TenancyResponse | undefined;
  /**
   * Makes the handler run for somebody.
   *
   * @param execution - what Nest is about to run
   * @param identity - who it runs for
   */
  enter(execution: ExecutionContext, identity: Identity): void;
  /**
   * Runs a callback as the handler will be run, for whom {@link ExecutionEdge.enter} was told.
   *
   * @param execution - what Nest is about to run
   * @param callback - the callback
   */
  within<T>(execution: ExecutionContext, callback: () => T): T;
  /**
   * Gives what is thrown so that the sender gets the right answer.
   *
   * @param error - what is wrong
   * @param execution - what Nest was about to run
   */
  refusal(error: unknown, execution: ExecutionContext): unknown;
}
