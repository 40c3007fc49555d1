import { bindContext, currentContext, TenantContextMissingError, type RequestContext } from '@nestarc/core';
import { Client, type QueryResult } from 'pg';
import { TenantSwitchInTransactionError } from '../errors/tenant-switch-in-transaction.error';
import { UnsupportedStatementError } from '../errors/unsupported-statement.error';
import type { PreambleEncoder } from '../wire/preamble';
import { transactionVerb } from '../wire/transaction-verb';
import type { QueryCallback, QueryDescription, TransactionStatus, WireConnection } from './pg-internals';
import { ScopedQuery, type Scoping } from './scoped-query';

const UNSCOPED: Scoping = Object.freeze({ place: 'none' });
const refused = (error: Error): Scoping => ({ place: 'refused', error });

/** What a client is made with, besides pg's own options. */
export interface ContextClientOptions {
  /** Encodes the context of a statement. */
  readonly preamble: PreambleEncoder;
}

/**
 * A pg client whose statements carry the context they were issued in. Outside a transaction every statement takes the
 * context along; BEGIN pins it for the whole transaction, and a different tenant inside is refused.
 */
export class ContextClient extends Client {
  readonly #preamble: PreambleEncoder;
  #status: TransactionStatus = 'I';
  #pinned: RequestContext | undefined;

  constructor(options: ContextClientOptions) {
    super(options as object);
    this.#preamble = options.preamble;
    // Registered ahead of pg's own listener: the next queued statement is decided on inside that one.
    (this.connection as unknown as WireConnection).on('readyForQuery', ({ status }) => {
      this.#status = status;
      if (status === 'I') this.#pinned = undefined;
    });
  }

  // @ts-expect-error pg declares eight overloads; this one implementation serves them all.
  override query(
    config: string | QueryDescription,
    values?: unknown[] | QueryCallback,
    callback?: QueryCallback,
  ): Promise<QueryResult> | undefined {
    if (config !== null && typeof (config as { submit?: unknown }).submit === 'function') {
      throw new UnsupportedStatementError('Cursors and COPY streams are not scoped to the tenant; run them elsewhere');
    }
    const context = currentContext();
    const decide = (text: string): Scoping => this.#scope(context, text);
    const given = typeof values === 'function' ? values : callback;
    const parameters = typeof values === 'function' ? undefined : values;
    if (given !== undefined) {
      super.query(new ScopedQuery(decide, config, parameters, bindContext(given)) as never);
      return undefined;
    }
    return new Promise<QueryResult>((resolve, reject) => {
      const done: QueryCallback = (error, result) => (error ? reject(error) : resolve(result as QueryResult));
      super.query(new ScopedQuery(decide, config, parameters, done) as never);
    }).catch((error: Error) => {
      // The stack of a socket callback helps nobody: replace it with one that leads to the caller.
      Error.captureStackTrace(error);
      throw error;
    });
  }

  /** Decides when the statement's turn has come, because only then the transaction status is known. */
  #scope(context: RequestContext | undefined, text: string): Scoping {
    const verb = transactionVerb(text);
    if (verb === 'chain') return refused(new UnsupportedStatementError('AND CHAIN would begin without the tenant'));
    if (verb === 'control') return UNSCOPED;
    if (this.#status !== 'I') return this.#scopeInTransaction(context);
    if (context === undefined || (context.mode === 'tenant' && context.tenantId === undefined)) {
      return refused(new TenantContextMissingError());
    }
    if (verb === 'none') return { place: 'before', preamble: this.#preamble(context) };
    this.#pinned = context;
    return { place: 'after', preamble: this.#preamble(context) };
  }

  /** Inside a transaction the pinned context counts; code that lost its own, as timers do, goes on in the pinned one. */
  #scopeInTransaction(context: RequestContext | undefined): Scoping {
    const pinned = this.#pinned;
    const same = context === undefined || (context.tenantId === pinned?.tenantId && context.mode === pinned?.mode);
    return same ? UNSCOPED : refused(new TenantSwitchInTransactionError());
  }
}
