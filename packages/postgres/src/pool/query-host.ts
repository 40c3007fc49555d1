import type { RequestContext } from '@nestarc/core';
import type { Scoping } from './scoping';

/**
 * How a statement came to the client: `plain` as a text to be looked at; `vetted` by the pool, which has looked at it
 * already; `streamed` by a cursor or COPY stream, whose preamble cannot be tried again; `late` after the client was given back,
 * when it may be somebody else's.
 */
export type StatementOrigin = 'plain' | 'vetted' | 'streamed' | 'late';

/** What a query asks of the client that runs it. */
export interface QueryHost {
  /**
   * Decides, when the statement's turn on the connection has come, how it is scoped.
   *
   * @param context - the context the statement was issued in
   * @param text - the statement
   * @param origin - see {@link StatementOrigin}
   */
  scope(context: RequestContext | undefined, text: string, origin: StatementOrigin): Scoping;
  /** Takes note that a statement is on its way: until ReadyForQuery the connection is not idle. */
  sent(): void;
  /**
   * Puts a query whose preamble failed back to the head of the queue; nothing of it has run.
   *
   * @param query - the query
   */
  requeue(query: object): void;
  /**
   * Keeps a query that the server refused the running one until ReadyForQuery, so that whoever hears of the failure finds
   * the connection idle, and its status known.
   *
   * @param query - the query
   */
  awaitReady(query: object): void;
  /** Gives the connection up: what runs on it, and what waits, fails. */
  abandon(): void;
}
