import type { RequestContext } from '@nestarc/core';
import { SqlState } from '../errors/sql-state';
import { typedError } from '../errors/typed-error';
import { UnsupportedStatementError } from '../errors/unsupported-statement.error';
import { outboxOf } from './outbox';
import {
  DriverQuery,
  isServerError,
  type QueryCallback,
  type QueryDescription,
  type WireConnection,
  WRITES_INTO_CONFIG,
} from './pg-internals';
import type { QueryHost, StatementOrigin } from './query-host';
import { type Scoping, UNSCOPED } from './scoping';

/**
 * Gives an object that pg may write into, in place of the caller's.
 *
 * Not done where pg makes a copy itself: V8 takes 20 µs to make a prototype of an object.
 */
const derived = (config: QueryDescription): QueryDescription => Object.create(config) as QueryDescription;

/**
 * A pg query that carries the context: the settings and the statement go out with one Sync, which PostgreSQL runs as one
 * implicit transaction, in one round trip.
 *
 * The answers to the preamble (BindComplete, one DataRow, CommandComplete) come first and are swallowed; everything else is
 * pg's own handling.
 */
export class ScopedQuery extends DriverQuery {
  /** Read by `Client.query`, which looks for it on the query itself. */
  readonly query_timeout: number | undefined;
  readonly #host: QueryHost;
  readonly #context: RequestContext | undefined;
  readonly #origin: StatementOrigin;
  readonly #statementName: string | undefined;
  #scoping: Scoping = UNSCOPED;
  #retry: Scoping | undefined;
  #answering: 'preamble' | 'statement' = 'statement';
  #submitting = false;
  #synced = true;
  #failure: Error | undefined;

  constructor(
    host: QueryHost,
    context: RequestContext | undefined,
    origin: StatementOrigin,
    config: string | QueryDescription,
    values: unknown[] | undefined,
    callback: QueryCallback,
  ) {
    super(WRITES_INTO_CONFIG && typeof config === 'object' ? derived(config) : config, values, callback);
    this.#host = host;
    this.#context = context;
    this.#origin = origin;
    this.query_timeout = typeof config === 'string' ? undefined : config.query_timeout;
    this.#statementName = this.name;
    // pg files a statement under its name when *a* ParseComplete arrives; the preamble's must not count.
    if (this.#statementName !== undefined) {
      Object.defineProperty(this, 'name', {
        get: () => (this.#answering === 'preamble' ? undefined : this.#statementName),
      });
    }
  }

  /** The simple protocol cannot share a Sync with the preamble, and would let several statements in one string through. */
  override requiresPreparation(): boolean {
    return true;
  }

  override submit(connection: WireConnection): Error | null {
    // pg calls this from its socket's events: an error that is thrown here ends the process.
    try {
      return this.#submit(connection);
    } catch (error) {
      outboxOf(connection).discard();
      return error as Error;
    }
  }

  #submit(connection: WireConnection): Error | null {
    this.#answering = 'statement';
    this.#scoping = this.#retry ?? this.#host.scope(this.#context, this.#textOn(connection), this.#origin);
    const scoping = this.#scoping;
    if (scoping.place === 'refused') return scoping.error;
    const outbox = outboxOf(connection);
    this.#submitting = true;
    const error = super.submit(outbox.connection) ?? this.#failure ?? null;
    this.#submitting = false;
    if (error !== null) {
      this.#failure = undefined;
      outbox.discard();
      return error;
    }
    outbox.flush();
    this.#synced = !this.rows;
    this.#host.sent();
    if (scoping.place === 'before') scoping.onSent?.();
    return null;
  }

  /** A prepared statement may be asked for by its name alone. */
  #textOn({ parsedStatements }: WireConnection): string {
    if (typeof this.text === 'string') return this.text;
    return (this.#statementName !== undefined && parsedStatements[this.#statementName]) || '';
  }

  override prepare(connection: WireConnection): void {
    if (this.#scoping.place !== 'before') return super.prepare(connection);
    connection.stream.write(this.#scoping.preamble);
    super.prepare(connection);
    this.#answering = 'preamble';
  }

  override handleDataRow(message: unknown): void {
    if (this.#answering === 'statement') super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, connection: WireConnection): void {
    if (this.#answering === 'statement') {
      super.handleCommandComplete(message, connection);
      this.#synced = true;
    }
    this.#answering = 'statement';
  }

  override handleEmptyQuery(connection: WireConnection): void {
    super.handleEmptyQuery(connection);
    this.#synced = true;
  }

  /** The server has read the Sync as part of the copied data by now, and the connection cannot be brought back in step. */
  override handleCopyInResponse(): void {
    this.#failure = new UnsupportedStatementError('COPY … FROM STDIN needs a stream, such as that of pg-copy-streams');
    this.#host.abandon();
  }

  override handleReadyForQuery(connection: WireConnection): void {
    const failure = this.#failure;
    if (failure === undefined) return super.handleReadyForQuery(connection);
    this.#failure = undefined;
    try {
      super.handleError(failure, connection);
    } catch (error) {
      // Thrown by the caller's callback. As after a success, pg has to go on with its queue first.
      process.nextTick(() => {
        throw error;
      });
    }
  }

  override handleError(error: Error, connection: WireConnection): void {
    this.#forgetName(connection);
    if (this.#submitting) {
      // A parameter that cannot be encoded: nothing has been sent.
      this.#failure = error;
      return;
    }
    if (!isServerError(error)) {
      const failure = this.#failure ?? error;
      this.#failure = undefined;
      return super.handleError(failure, connection);
    }
    // A portal that is read in pieces is sent without a Sync, and until there is one the server skips everything.
    if (!this.#synced) connection.sync();
    this.#synced = true;
    const retry = this.#answering === 'preamble' ? this.#withoutPrepared(error) : undefined;
    if (retry === undefined) {
      this.#failure ??= typedError(error);
      return this.#host.awaitReady(this);
    }
    this.#retry = retry;
    this.#host.requeue(this);
  }

  /** pg takes a named statement that was sent for a parsed one; one that failed ahead of its Parse was not. */
  #forgetName({ submittedNamedStatements }: WireConnection): void {
    if (this.#statementName !== undefined && submittedNamedStatements !== undefined) {
      delete submittedNamedStatements[this.#statementName];
    }
  }

  #withoutPrepared(error: Error): Scoping | undefined {
    const { code } = error as { code?: unknown };
    const failed = code === SqlState.invalidStatementName || code === SqlState.duplicatePreparedStatement;
    return failed && this.#scoping.place === 'before' ? this.#scoping.withoutPrepared?.() : undefined;
  }
}
