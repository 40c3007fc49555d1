import { bindContext, type RequestContext } from '@nestarc/core';
import { typedError } from '../errors/typed-error';
import { UnsupportedStatementError } from '../errors/unsupported-statement.error';
import { isCopy } from '../wire/copy-statement';
import { outboxOf } from './outbox';
import { isServerError, type QueryCallback, type Submittable, type WireConnection } from './pg-internals';
import type { QueryHost, StatementOrigin } from './query-host';
import { ScopedConnection } from './scoped-connection';
import { type Scoping, UNSCOPED } from './scoping';

/**
 * Wraps a query of another package, such as a cursor or a COPY stream, so that it runs in a context.
 *
 * @param host - the client that runs it
 * @param context - the context it was issued in
 * @param origin - `streamed`, or `late`
 * @param inner - the query
 */
export function scopedSubmittable(
  host: QueryHost,
  context: RequestContext | undefined,
  origin: StatementOrigin,
  inner: Submittable,
): ScopedSubmittable {
  const copies = typeof inner.text === 'string' && isCopy(inner.text);
  return copies ? new ScopedCopy(host, context, origin, inner) : new ScopedSubmittable(host, context, origin, inner);
}

/**
 * A query that writes its own messages, through a {@link ScopedConnection}: the settings go ahead of its first message, in
 * the same implicit transaction, which lasts until its one Sync. Their answers are swallowed, all others handed on, in the
 * async context of the caller: those of the socket would be nobody's.
 */
export class ScopedSubmittable {
  /** Read by `Client.query`. */
  readonly query_timeout: number | undefined;
  protected readonly scoped: ScopedConnection;
  protected answering: 'preamble' | 'statement' = 'statement';
  readonly #inCallersContext: (work: () => void) => void;
  #scoping: Scoping = UNSCOPED;
  protected failure: Error | undefined;

  constructor(
    protected readonly host: QueryHost,
    protected readonly context: RequestContext | undefined,
    protected readonly origin: StatementOrigin,
    protected readonly inner: Submittable,
  ) {
    this.query_timeout = inner.query_timeout;
    this.#inCallersContext = bindContext((work: () => void) => work());
    this.scoped = new ScopedConnection((text) => this.#announce(text), this.#inCallersContext);
  }

  /** The row metadata that pg gives its type parsers to. */
  get _result(): unknown {
    return this.inner._result;
  }

  get binary(): unknown {
    return this.inner.binary;
  }

  set binary(value: unknown) {
    this.inner.binary = value;
  }

  /** Replaced by pg where a time limit is set, and called by the inner query when it is done. */
  get callback(): QueryCallback | undefined {
    return this.inner.callback;
  }

  set callback(value: QueryCallback | undefined) {
    if (value !== undefined) this.inner.callback = value;
  }

  /** Asked for at ParseComplete, when pg files the statement under its name; the preamble's does not count. */
  get name(): unknown {
    return this.answering === 'statement' ? this.inner.name : undefined;
  }

  /** Filed by pg under the name. */
  get text(): unknown {
    return this.inner.text;
  }

  submit(connection: WireConnection): Error | null {
    const outbox = outboxOf(connection);
    this.scoped.open(connection, outbox.connection);
    try {
      this.begin();
      if (!this.scoped.announced) throw new UnsupportedStatementError('This is no query: it sends no statement');
    } catch (error) {
      outbox.discard();
      this.scoped.finish();
      return error as Error;
    }
    outbox.flush();
    this.scoped.open(connection, connection);
    this.host.sent();
    if (this.#scoping.place === 'before') this.#scoping.onSent?.();
    return null;
  }

  /** Lets the inner query write its first messages. */
  protected begin(): void {
    this.submitInner();
  }

  protected submitInner(): void {
    this.forward(() => {
      const error = this.inner.submit(this.scoped);
      if (error instanceof Error) throw error;
    });
  }

  /** Sends the settings ahead of the first message; a cursor or stream that must not run ends here. */
  #announce(text: string): void {
    this.#scoping = this.host.scope(this.context, text, this.origin);
    if (this.#scoping.place === 'refused') throw this.#scoping.error;
    if (this.#scoping.place !== 'before') return;
    this.scoped.send(this.#scoping.preamble);
    this.answering = 'preamble';
  }

  protected forward(work: () => void): void {
    this.#inCallersContext(work);
  }

  handleRowDescription(message: unknown): void {
    this.forward(() => this.inner.handleRowDescription?.(message));
  }

  handleDataRow(message: unknown): void {
    if (this.answering === 'statement') this.forward(() => this.inner.handleDataRow?.(message));
  }

  handlePortalSuspended(): void {
    this.forward(() => this.inner.handlePortalSuspended?.(this.scoped));
  }

  handleEmptyQuery(): void {
    this.forward(() => this.inner.handleEmptyQuery?.(this.scoped));
  }

  handleCommandComplete(message: unknown): void {
    if (this.answering === 'statement') this.forward(() => this.inner.handleCommandComplete?.(message, this.scoped));
    this.answering = 'statement';
  }

  handleCopyInResponse(): void {
    this.failure = new UnsupportedStatementError('COPY … FROM STDIN needs a stream, such as that of pg-copy-streams');
    this.host.abandon();
  }

  handleCopyData(message: unknown): void {
    this.forward(() => this.inner.handleCopyData?.(message, this.scoped));
  }

  handleReadyForQuery(): void {
    const failure = this.failure;
    this.scoped.finish();
    if (failure !== undefined) return this.fail(failure);
    this.forward(() => this.inner.handleReadyForQuery?.(this.scoped));
  }

  handleError(error: Error): void {
    if (isServerError(error)) {
      // Sent here for those that send none themselves: the server skips everything up to it.
      this.scoped.sync();
      this.failure ??= typedError(error);
      return this.host.awaitReady(this);
    }
    this.scoped.finish();
    this.fail(this.failure ?? error);
  }

  protected fail(error: Error): void {
    this.failure = undefined;
    this.forward(() => this.inner.handleError?.(error, this.scoped));
  }
}

/**
 * A COPY stream. It expects the simple protocol, in which the settings could not share its transaction, and several
 * statements could stand in one string; it gets the extended one. Settings, Parse and Bind go ahead, in a round trip of
 * their own, because a stream that reads takes the socket over and knows only the answers to the COPY itself.
 */
class ScopedCopy extends ScopedSubmittable {
  #binds = 1;
  readonly #onBindComplete = (): void => {
    this.#binds -= 1;
    if (this.#binds === 0) this.#copy();
  };

  protected override begin(): void {
    const text = String(this.inner.text);
    this.scoped.parse({ text });
    this.scoped.bind({});
    this.scoped.flush();
    if (this.answering === 'preamble') this.#binds += 1;
    this.scoped.on('bindComplete', this.#onBindComplete);
  }

  #copy(): void {
    this.#stopWaiting();
    this.scoped.copies = String(this.inner.text);
    try {
      this.submitInner();
    } catch (error) {
      // Thrown here, in an event of the socket, it would end the process; and pg may be off the socket already.
      this.failure = error as Error;
      this.host.abandon();
    }
  }

  #stopWaiting(): void {
    this.scoped.removeListener('bindComplete', this.#onBindComplete);
  }

  override handleCommandComplete(message: unknown): void {
    super.handleCommandComplete(message);
    if (this.scoped.copies !== undefined) this.scoped.sync();
  }

  override handleCopyInResponse(): void {
    this.forward(() => this.inner.handleCopyInResponse?.(this.scoped));
  }

  override handleError(error: Error): void {
    this.#stopWaiting();
    super.handleError(error);
  }
}
