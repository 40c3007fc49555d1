import { bindContext, createContext, currentContext, TenantContextMissingError, type RequestContext } from '@nestarc/core';
import { Client, type QueryResult } from 'pg';
import { TenantSwitchInTransactionError } from '../errors/tenant-switch-in-transaction.error';
import { UnsupportedStatementError } from '../errors/unsupported-statement.error';
import type { PreambleEncoder } from '../wire/preamble';
import { transactionVerb } from '../wire/transaction-verb';
import type { QueryCallback, QueryDescription, TransactionStatus, WireConnection } from './pg-internals';
import { ScopedQuery, type Scoping } from './scoped-query';

const BYPASS = createContext({ mode: 'bypass' });
const UNSCOPED: Scoping = Object.freeze({ place: 'none' });
const refused = (error: Error): Scoping => ({ place: 'refused', error });

/** What a client is made with, besides pg's own options. */
export interface ContextClientOptions {
  /** Encodes the context of a statement. */
  readonly preamble: PreambleEncoder;
  /** What happens to a statement without a tenant, outside of mode `bypass`. */
  readonly onMissingTenant: 'refuse' | 'bypass';
}

/**
 * A pg client whose statements carry the context they were issued in. Outside a transaction every statement takes the
 * context along; BEGIN pins it for the whole transaction, and a different tenant inside is refused.
 */
export class ContextClient extends Client {
  readonly #preamble: PreambleEncoder;
  readonly #onMissingTenant: ContextClientOptions['onMissingTenant'];
  #status: TransactionStatus = 'I';
  #pinned: RequestContext | undefined;

  constructor(options: ContextClientOptions) {
    super(options as object);
    this.#preamble = options.preamble;
    this.#onMissingTenant = options.onMissingTenant;
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
    const context = this.#effective(currentContext());
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

  /** A context without a tenant counts as none, unless it is meant to have none. */
  #effective(context: RequestContext | undefined): RequestContext | undefined {
    if (context?.mode === 'bypass' || context?.tenantId !== undefined) return context;
    return this.#onMissingTenant === 'bypass' ? BYPASS : undefined;
  }

  /** Decides when the statement's turn has come, because only then the transaction status is known. */
  #scope(context: RequestContext | undefined, text: string): Scoping {
    const verb = transactionVerb(text);
    if (verb === 'chain') return refused(new UnsupportedStatementError('AND CHAIN would begin without the tenant'));
    if (verb === 'control') return UNSCOPED;
    if (this.#status !== 'I') return this.#scopeInTransaction(context);
    if (context === undefined) return refused(new TenantContextMissingError());
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
