import type { CustomTypesConfig, QueryResult } from 'pg';
import { Query as PgQuery } from 'pg';

/**
 * The part of pg that `@types/pg` does not describe: the contract between `Client` and the query it is running. pg calls
 * it `Submittable`; cursors and COPY streams of other packages live on it too. The driver matrix test runs the pool on
 * the oldest and the newest pg this package accepts, so that a change of the contract is seen there first.
 */
export interface WireConnection {
  readonly stream: { readonly writable: boolean; write(bytes: Buffer): boolean };
  readonly parsedStatements: Record<string, string | undefined>;
  /** Absent in pg 8.16. */
  readonly submittedNamedStatements?: Record<string, string | undefined>;
  on(event: 'readyForQuery', listener: (message: { status: TransactionStatus }) => void): void;
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
  submit(connection: WireConnection): Error | null;
  prepare(connection: WireConnection): void;
  requiresPreparation(): boolean;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: WireConnection): void;
  handleError(error: Error, connection: WireConnection): void;
}

/** pg's own query class, typed for subclassing. */
export const DriverQuery = PgQuery as unknown as new (
  config: string | QueryDescription,
  values?: unknown[],
  callback?: QueryCallback,
) => DriverQuery;

/**
 * The statements that wait for their turn on a client; `queryQueue` in pg 8.16, `_queryQueue` in 8.23.
 *
 * @param client - a pg client
 */
export function queueOf(client: object): unknown[] {
  const holder = client as { _queryQueue?: unknown[]; queryQueue?: unknown[] };
  return holder._queryQueue ?? holder.queryQueue ?? [];
}
