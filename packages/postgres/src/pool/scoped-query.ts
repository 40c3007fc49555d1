import { SqlState } from '../errors/sql-state';
import { typedError } from '../errors/typed-error';
import { outboxOf } from './outbox';
import { DriverQuery, type QueryCallback, type QueryDescription, type WireConnection } from './pg-internals';
import { type Scoping, UNSCOPED } from './scoping';

/** What a scoped query asks of the client that runs it. */
export interface ScopedQueryHost {
  /**
   * Decides, when the statement's turn on the connection has come, how it is scoped.
   *
   * @param text - the statement
   */
  scope(text: string): Scoping;
  /**
   * Puts a query whose preamble failed back to the head of the queue; nothing of it has run.
   *
   * @param query - the query
   */
  requeue(query: ScopedQuery): void;
}

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
  readonly #host: ScopedQueryHost;
  readonly #statementName: string | undefined;
  #scoping: Scoping = UNSCOPED;
  #retry: Scoping | undefined;
  #answering: 'preamble' | 'statement' = 'statement';

  constructor(
    host: ScopedQueryHost,
    config: string | QueryDescription,
    values: unknown[] | undefined,
    callback: QueryCallback,
  ) {
    super(config, values, callback);
    this.#host = host;
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
    this.#scoping = this.#retry ?? this.#host.scope(typeof this.text === 'string' ? this.text : '');
    const scoping = this.#scoping;
    if (scoping.place === 'refused') return scoping.error;
    const outbox = outboxOf(connection);
    const error = super.submit(outbox.connection);
    outbox.flush();
    if (scoping.place === 'before' && error === null) scoping.onSent?.();
    return error;
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
    if (this.#answering === 'statement') super.handleCommandComplete(message, connection);
    this.#answering = 'statement';
  }

  override handleError(error: Error, connection: WireConnection): void {
    this.#forgetName(connection);
    const retry = this.#answering === 'preamble' ? this.#withoutPrepared(error) : undefined;
    if (retry === undefined) return super.handleError(typedError(error), connection);
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
