import { bindContext, type RequestContext, TenantContextMissingError } from '@nestarc/core';
import type { PoolClient, QueryResult } from 'pg';
import { UnsupportedStatementError } from '../errors/unsupported-statement.error';
import { sessionEffect } from '../wire/session-effect';
import { transactionVerb } from '../wire/transaction-verb';
import { ContextClient } from './context-client';
import type { QueryCallback, QueryDescription, Submittable } from './pg-internals';

/** Checks a client out; as the callback form of `Pool.connect`, without our checks on its release. */
export type CheckOut = (
  done: (error: Error | undefined, client: PoolClient | undefined, release: (destroy?: unknown) => void) => void,
) => void;

type Config = string | QueryDescription;

/**
 * Runs one statement on a connection of its own: `pool.query`. pg's own throws the connection away after every error; this
 * one keeps it where the server has answered and nothing is left on it.
 *
 * @param checkOut - checks a client out
 * @param context - the context of the caller
 * @param args - what the caller gave: statement, parameters, callback
 */
export function runStatement(
  checkOut: CheckOut,
  context: RequestContext | undefined,
  args: readonly unknown[],
): Promise<QueryResult> | undefined {
  const [config, second] = args;
  const done = args.find((arg): arg is QueryCallback => typeof arg === 'function');
  const values = Array.isArray(second) ? (second as unknown[]) : typeof second === 'function' ? undefined : second;
  const refusal = refusalOf(context, config);
  if (done !== undefined) {
    const bound = bindContext(done);
    if (refusal === undefined) run(checkOut, context, config as Config, values as unknown[] | undefined, bound);
    else process.nextTick(bound, refusal);
    return undefined;
  }
  if (refusal !== undefined) return Promise.reject(refusal);
  return new Promise<QueryResult>((resolve, reject) => {
    run(checkOut, context, config as Config, values as unknown[] | undefined, (error, result) =>
      error ? reject(error) : resolve(result as QueryResult),
    );
  }).catch((error: Error) => {
    // The stack of a socket callback helps nobody: replace it with one that leads to the caller.
    Error.captureStackTrace(error);
    throw error;
  });
}

function run(
  checkOut: CheckOut,
  context: RequestContext | undefined,
  config: Config,
  values: unknown[] | undefined,
  done: QueryCallback,
): void {
  checkOut((failure, client, release) => {
    if (!(client instanceof ContextClient)) return done(failure);
    const finish: QueryCallback = (error, result) => {
      release(client.isClean() ? undefined : (error ?? true));
      done(error, result);
    };
    try {
      client.issue(context, 'vetted', config, values, finish);
    } catch (error) {
      finish(error as Error);
    }
  });
}

/** What cannot run is refused before a connection is taken for it. */
function refusalOf(context: RequestContext | undefined, config: unknown): Error | undefined {
  if (typeof config === 'function') {
    return new TypeError('Passing a function as the first parameter to pool.query is not supported');
  }
  if (context === undefined) return new TenantContextMissingError();
  const { text, submit } = (typeof config === 'string' ? { text: config } : (config ?? {})) as Partial<Submittable>;
  if (typeof submit === 'function') {
    return new UnsupportedStatementError('Cursors and streams run on a client: use pool.connect()');
  }
  if (typeof text !== 'string') return undefined;
  if (transactionVerb(text) !== 'none') return new UnsupportedStatementError(NO_TRANSACTION);
  const effect = sessionEffect(text);
  return effect === 'local' || effect === 'lasting' ? new UnsupportedStatementError(NO_SESSION) : undefined;
}

const NO_TRANSACTION =
  'pool.query() runs each statement on a connection of its own: use pool.connect() and run the transaction on its client';

const NO_SESSION =
  'pool.query() runs each statement on a connection of its own, where this one would have no effect, or one on others: run it ' +
  'on a client of pool.connect(), or in a listener of the event "connect" to have it on every connection';
