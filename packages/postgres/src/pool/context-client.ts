import { bindContext, TenantContextMissingError, type RequestContext } from '@nestarc/core';
import { Client, type QueryResult } from 'pg';
import { TenantSwitchInTransactionError } from '../errors/tenant-switch-in-transaction.error';
import { UnsupportedStatementError } from '../errors/unsupported-statement.error';
import type { Preamble } from '../wire/preamble';
import { transactionVerb, type TransactionVerb } from '../wire/transaction-verb';
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
 * context along. BEGIN pins it for the whole transaction, whose first query takes it along (behind BEGIN itself a query
 * would be too early: it forbids SET TRANSACTION ISOLATION LEVEL); a different tenant inside is refused.
 */
export class ContextClient extends Client {
  readonly #preamble: Preamble;
  readonly #onMissingTenant: OnMissingTenant;
  #status: TransactionStatus = 'I';
  #pinned: RequestContext | undefined;
  #announced = false;
  #hasPrepared = false;

  constructor(options: ContextClientOptions) {
    super(options as object);
    this.#preamble = options.preamble;
    this.#onMissingTenant = options.onMissingTenant;
    // Registered ahead of pg's own listener: the next queued statement is decided on inside that one.
    (this.connection as unknown as WireConnection).on('readyForQuery', ({ status }) => {
      this.#status = status;
      if (status === 'I') this.#pinned = undefined;
      // An aborted transaction may come back through a savepoint, and its settings with it or not: they are sent again.
      if (status !== 'T') this.#announced = false;
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

  /**
   * Tells whether the connection may go back to its pool: no transaction is open or begun on it, and no statement waits.
   *
   * @internal
   */
  isClean(): boolean {
    return this.#status === 'I' && this.#pinned === undefined && queueOf(this).length === 0;
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
    if (this.#status !== 'I') return this.#scopeInTransaction(context, verb);
    if (verb === 'control' || verb === 'rollbackTo') return UNSCOPED;
    if (context === undefined) return refused(new TenantContextMissingError());
    if (verb !== 'begin') return this.#scopeStatement(context);
    this.#pinned = context;
    return UNSCOPED;
  }

  #scopeStatement(context: RequestContext): Scoping {
    const preamble = this.#preamble;
    const plain = (): Scoping => ({ place: 'before', preamble: preamble.encode(context) });
    if (!preamble.usesPrepared) return plain();
    const bytes = preamble.encodePrepared(context);
    return {
      place: 'before',
      preamble: this.#hasPrepared ? bytes : Buffer.concat([preamble.preparation, bytes]),
      onSent: () => {
        this.#hasPrepared = true;
      },
      withoutPrepared: () => {
        preamble.preparedFailed();
        this.#hasPrepared = false;
        return plain();
      },
    };
  }

  /** Inside a transaction the pinned context counts; code that lost its own, as timers do, goes on in the pinned one. */
  #scopeInTransaction(context: RequestContext | undefined, verb: TransactionVerb): Scoping {
    if (verb === 'rollbackTo') this.#announced = false;
    if (verb === 'control' || verb === 'rollbackTo') return UNSCOPED;
    const pinned = this.#pinned;
    if (pinned === undefined) return refused(new UnsupportedStatementError(BEGUN_UNSEEN));
    if (context !== undefined && (context.tenantId !== pinned.tenantId || context.mode !== pinned.mode)) {
      return refused(new TenantSwitchInTransactionError());
    }
    if (this.#announced || verb === 'setup') return UNSCOPED;
    // Not the prepared form: a transaction in which it fails cannot be taken up again.
    return {
      place: 'before',
      preamble: this.#preamble.encode(pinned),
      onSent: () => {
        this.#announced = true;
      },
    };
  }
}

const BEGUN_UNSEEN = 'This transaction was begun in a way that could not be scoped to the tenant; roll it back';
