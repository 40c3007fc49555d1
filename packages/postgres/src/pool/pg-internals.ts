import type { CustomTypesConfig, QueryResult } from 'pg';
import { DatabaseError as ServerError, Query as PgQuery } from 'pg';

/**
 * The part of pg that `@types/pg` does not describe: the contract between `Client` and the query it is running. pg calls
 * it `Submittable`; cursors and COPY streams of other packages live on it too. The driver matrix test runs the pool on
 * the oldest and the newest pg this package accepts, so that a change of the contract is seen there first.
 */
export interface WireConnection {
  readonly stream: WireStream;
  readonly parsedStatements: Record<string, string | undefined>;
  /** Absent in pg 8.16. */
  readonly submittedNamedStatements?: Record<string, string | undefined>;
  on(event: 'readyForQuery', listener: (message: { status: TransactionStatus }) => void): void;
  on(event: string, listener: (...args: never[]) => void): void;
  once(event: string, listener: (...args: never[]) => void): void;
  removeListener(event: string, listener: (...args: never[]) => void): void;
  parse(statement: { readonly text: string; readonly name?: string | undefined }): void;
  bind(portal: { readonly statement?: string | undefined }): void;
  describe(target: { readonly type: string; readonly name: string }): void;
  execute(portal: { readonly portal?: string; readonly rows?: number }): void;
  close(target: object): void;
  flush(): void;
  sync(): void;
  query(text: string): void;
  sendCopyFail(message: string): void;
}

/** The socket, as far as pg and COPY streams use it. */
export interface WireStream {
  readonly writable: boolean;
  write(bytes: Buffer): boolean;
  on(event: string, listener: (...args: never[]) => void): unknown;
  addListener(event: string, listener: (...args: never[]) => void): unknown;
  once(event: string, listener: (...args: never[]) => void): unknown;
  removeListener(event: string, listener: (...args: never[]) => void): unknown;
  listeners(event: string): unknown[];
  read(): unknown;
  pause(): unknown;
  resume(): unknown;
}

/** What a client runs: pg's own query, or a cursor or COPY stream of another package. Of the handlers it has what it needs. */
export interface Submittable {
  readonly text?: unknown;
  readonly name?: unknown;
  readonly query_timeout?: number;
  readonly _result?: unknown;
  binary?: unknown;
  callback?: QueryCallback;
  submit(connection: object): unknown;
  handleRowDescription?(message: unknown): void;
  handleDataRow?(message: unknown): void;
  handlePortalSuspended?(connection: object): void;
  handleEmptyQuery?(connection: object): void;
  handleCommandComplete?(message: unknown, connection: object): void;
  handleCopyInResponse?(connection: object): void;
  handleCopyData?(message: unknown, connection: object): void;
  handleReadyForQuery?(connection: object): void;
  handleError?(error: Error, connection: object): void;
}

/** What PostgreSQL says with each ReadyForQuery: idle, in a transaction, in a failed transaction. */
export type TransactionStatus = 'I' | 'T' | 'E';

/** Completion of a query, as pg calls it. */
export type QueryCallback = (error: Error | null | undefined, result?: QueryResult) => void;

/** A query as the caller describes it, beyond what `@types/pg` lists. */
export interface QueryDescription {
  readonly text?: string;
  readonly name?: string;
  readonly values?: unknown[];
  readonly types?: CustomTypesConfig;
  readonly rowMode?: string;
  readonly query_timeout?: number;
}

/** pg's own query class: it encodes the statement and gathers the rows. */
export interface DriverQuery {
  name: string | undefined;
  readonly text: string;
  readonly values: unknown[] | undefined;
  callback: QueryCallback | undefined;
  readonly rows: number | undefined;
  submit(connection: WireConnection): Error | null;
  prepare(connection: WireConnection): void;
  requiresPreparation(): boolean;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: WireConnection): void;
  handleEmptyQuery(connection: WireConnection): void;
  handleCopyInResponse(connection: WireConnection): void;
  handleReadyForQuery(connection: WireConnection): void;
  handleError(error: Error, connection: WireConnection): void;
}

/** pg's own query class, typed for subclassing. */
export const DriverQuery = PgQuery as unknown as new (
  config: string | QueryDescription,
  values?: unknown[],
  callback?: QueryCallback,
) => DriverQuery;

/** Whether pg writes values and callback into the caller's object, as 8.16 does, where the next call would find them. */
export const WRITES_INTO_CONFIG: boolean = (() => {
  const probe: QueryDescription = { text: '' };
  new DriverQuery(probe, undefined, () => undefined);
  return 'callback' in probe;
})();

/**
 * The statements that wait for their turn on a client; `queryQueue` in pg 8.16, `_queryQueue` in 8.23.
 *
 * @param client - a pg client
 */
export function queueOf(client: object): unknown[] {
  const holder = client as { _queryQueue?: unknown[]; queryQueue?: unknown[] };
  return holder._queryQueue ?? holder.queryQueue ?? [];
}

/**
 * Makes a query the running one again. pg is done with a query when the server reports an error, although it is not ready
 * for another until ReadyForQuery; `activeQuery` in pg 8.16, `_activeQuery` in 8.23.
 *
 * @param client - a pg client
 * @param query - the query that failed
 */
export function keepRunning(client: object, query: object): void {
  const holder = client as { _activeQuery?: unknown; activeQuery?: unknown };
  if ('_queryQueue' in client) holder._activeQuery = query;
  else holder.activeQuery = query;
}

/**
 * Tells an error the server reported, after which it answers ReadyForQuery, from one of the socket or of a timer.
 *
 * @param error - what pg hands to a query
 */
export function isServerError(error: unknown): boolean {
  return error instanceof ServerError;
}
