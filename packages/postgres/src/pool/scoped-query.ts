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
 * The answers to the preamble (BindComplete, one DataRow, CommandComplete) come first, or last behind BEGIN, and are
 * swallowed; everything else is pg's own handling.
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

  /** Simple-protocol statements cannot share a Sync with the preamble, so every scoped statement is a prepared one. */
  override requiresPreparation(): boolean {
    return this.#scoping.place === 'none' ? super.requiresPreparation() : true;
  }

  override submit(connection: WireConnection): Error | null {
    this.#scoping = this.#retry ?? this.#host.scope(this.text);
    if (this.#scoping.place === 'refused') return this.#scoping.error;
    this.#answering = 'statement';
    const outbox = outboxOf(connection);
    const error = super.submit(outbox.connection);
    outbox.flush();
    return error;
  }

  override prepare(connection: WireConnection): void {
    const scoping = this.#scoping;
    if (scoping.place === 'before') {
      connection.stream.write(scoping.preamble);
      super.prepare(connection);
      this.#answering = 'preamble';
    } else if (scoping.place === 'after') {
      connection.parse({ text: this.text });
      connection.bind({ values: [] });
      connection.execute({});
      connection.stream.write(scoping.preamble);
      connection.sync();
    } else {
      super.prepare(connection);
    }
  }

  override handleDataRow(message: unknown): void {
    if (this.#answering === 'statement') super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, connection: WireConnection): void {
    if (this.#answering === 'statement') {
      super.handleCommandComplete(message, connection);
      if (this.#scoping.place === 'after') this.#answering = 'preamble';
    } else if (this.#scoping.place === 'before') {
      this.#answering = 'statement';
    }
  }

  override handleError(error: Error, connection: WireConnection): void {
    this.#forgetName(connection);
    const retry = this.#answering === 'preamble' && failedOnPrepared(error) ? this.#withoutPrepared() : undefined;
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

  #withoutPrepared(): Scoping | undefined {
    return this.#scoping.place === 'before' ? this.#scoping.withoutPrepared?.() : undefined;
  }
}

function failedOnPrepared(error: Error): boolean {
  const { code } = error as { code?: unknown };
  return code === SqlState.invalidStatementName || code === SqlState.duplicatePreparedStatement;
}
