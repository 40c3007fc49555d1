import { bindContext, TenantContextMissingError, type RequestContext } from '@nestarc/core';
import { Client, type QueryResult } from 'pg';
import { TenantSwitchInTransactionError } from '../errors/tenant-switch-in-transaction.error';
import { UnsupportedStatementError } from '../errors/unsupported-statement.error';
import type { Preamble } from '../wire/preamble';
import { transactionVerb } from '../wire/transaction-verb';
import {
  queueOf,
  type QueryCallback,
  type QueryDescription,
  type TransactionStatus,
  type WireConnection,
} from './pg-internals';
import { type OnMissingTenant, scopedContext } from './scoped-context';
import { ScopedQuery, type ScopedQueryHost } from './scoped-query';
import { refused, type Scoping, UNSCOPED } from './scoping';

/** What a client is made with, besides pg's own options. */
export interface ContextClientOptions {
  /** Encodes the context of a statement; shared by the clients of a pool. */
  readonly preamble: Preamble;
  /** What happens to a statement without a tenant, outside of mode `bypass`. */
  readonly onMissingTenant: OnMissingTenant;
}

/**
 * A pg client whose statements carry the context they were issued in. Outside a transaction every statement takes the
 * context along; BEGIN pins it for the whole transaction, and a different tenant inside is refused.
 */
export class ContextClient extends Client {
  readonly #preamble: Preamble;
  readonly #onMissingTenant: OnMissingTenant;
  #status: TransactionStatus = 'I';
  #pinned: RequestContext | undefined;
  #hasPrepared = false;

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
    const host = this.#hostFor(scopedContext(this.#onMissingTenant));
    const given = typeof values === 'function' ? values : callback;
    const parameters = typeof values === 'function' ? undefined : values;
    if (given !== undefined) {
      super.query(new ScopedQuery(host, config, parameters, bindContext(given)) as never);
      return undefined;
    }
    return new Promise<QueryResult>((resolve, reject) => {
      const done: QueryCallback = (error, result) => (error ? reject(error) : resolve(result as QueryResult));
      super.query(new ScopedQuery(host, config, parameters, done) as never);
    }).catch((error: Error) => {
      // The stack of a socket callback helps nobody: replace it with one that leads to the caller.
      Error.captureStackTrace(error);
      throw error;
    });
  }

  #hostFor(context: RequestContext | undefined): ScopedQueryHost {
    return {
      scope: (text) => this.#scope(context, text),
      requeue: (query) => queueOf(this).unshift(query),
    };
  }

  /** Decides when the statement's turn has come, because only then the transaction status is known. */
  #scope(context: RequestContext | undefined, text: string): Scoping {
    const verb = transactionVerb(text);
    if (verb === 'chain') return refused(new UnsupportedStatementError('AND CHAIN would begin without the tenant'));
    if (verb === 'control') return UNSCOPED;
    if (this.#status !== 'I') return this.#scopeInTransaction(context);
    if (context === undefined) return refused(new TenantContextMissingError());
    if (verb === 'none') return this.#scopeStatement(context);
    this.#pinned = context;
    return { place: 'after', preamble: this.#preamble.encode(context) };
  }

  #scopeStatement(context: RequestContext): Scoping {
    const preamble = this.#preamble;
    if (!preamble.usesPrepared) return { place: 'before', preamble: preamble.encode(context) };
    const withoutPrepared = (): Scoping => {
      preamble.stopPreparing();
      return { place: 'before', preamble: preamble.encode(context) };
    };
    const bytes = preamble.encodePrepared(context);
    if (this.#hasPrepared) return { place: 'before', preamble: bytes, withoutPrepared };
    this.#hasPrepared = true;
    return { place: 'before', preamble: Buffer.concat([preamble.preparation, bytes]), withoutPrepared };
  }

  /** Inside a transaction the pinned context counts; code that lost its own, as timers do, goes on in the pinned one. */
  #scopeInTransaction(context: RequestContext | undefined): Scoping {
    const pinned = this.#pinned;
    const same = context === undefined || (context.tenantId === pinned?.tenantId && context.mode === pinned?.mode);
    return same ? UNSCOPED : refused(new TenantSwitchInTransactionError());
  }
}
