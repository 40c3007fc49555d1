import { bindContext, runWithContext, TenantContextMissingError, type RequestContext } from '@nestarc/core';
import { Client, type QueryResult } from 'pg';
import { TenantSwitchInTransactionError } from '../errors/tenant-switch-in-transaction.error';
import { UnsupportedStatementError } from '../errors/unsupported-statement.error';
import type { FurtherSettings } from '../wire/further-settings';
import type { Preamble, PreambleForm } from '../wire/preamble';
import { isSameCaller } from '../wire/same-caller';
import { sessionEffect } from '../wire/session-effect';
import { TransactionSettings } from '../wire/transaction-settings';
import { transactionVerb, type TransactionVerb } from '../wire/transaction-verb';
import {
  keepRunning,
  queueOf,
  type QueryCallback,
  type QueryDescription,
  type Submittable,
  type TransactionStatus,
  type WireConnection,
} from './pg-internals';
import type { QueryHost, StatementOrigin } from './query-host';
import { NO_CONTEXT, type OnMissingTenant, scopedContext, SETUP_CONTEXT } from './scoped-context';
import { ScopedQuery } from './scoped-query';
import { scopedSubmittable } from './scoped-submittable';
import { refused, type Scoping, UNSCOPED } from './scoping';

/** What a client is made with, besides pg's own options. */
export interface ContextClientOptions {
  /** Encodes the context of a statement; shared by the clients of a pool. */
  readonly preamble: Preamble;
  /** What happens to a statement without a tenant, outside of mode `bypass`. */
  readonly onMissingTenant: OnMissingTenant;
  /**
   * Told of a client whose BEGIN was refused for want of a tenant.
   *
   * @param client - the client
   */
  readonly onStranded: (client: ContextClient) => void;
}

type ConnectCallback = ((error: Error) => void) | ((error: null, client: Client) => void);

/**
 * A pg client whose statements carry the context they were issued in. Outside a transaction every statement takes the
 * context along. BEGIN pins it for the whole transaction, whose first query takes it along (behind BEGIN itself a query
 * would be too early: it forbids SET TRANSACTION ISOLATION LEVEL); a different tenant inside is refused, and a different actor
 * is announced by the first query of theirs.
 */
export class ContextClient extends Client implements QueryHost {
  readonly #preamble: Preamble;
  readonly #onMissingTenant: OnMissingTenant;
  readonly #onStranded: (client: ContextClient) => void;
  #status: TransactionStatus = 'I';
  #pinned: RequestContext | undefined;
  #announced = false;
  /** The context that was announced last in the transaction. */
  #caller: RequestContext | undefined;
  /** Absent in transactions none of whose statements had further settings. */
  #further: TransactionSettings | undefined;
  readonly #prepared = new Set<PreambleForm>();
  #answering = false;
  #altered = false;
  #held = true;
  #stranded = false;

  constructor(options: ContextClientOptions) {
    super(options as object);
    this.#preamble = options.preamble;
    this.#onMissingTenant = options.onMissingTenant;
    this.#onStranded = options.onStranded;
    // Registered ahead of pg's own listener: the next queued statement is decided on inside that one.
    (this.connection as unknown as WireConnection).on('readyForQuery', ({ status }) => {
      this.#status = status;
      this.#answering = false;
      if (status === 'I') this.#pinned = this.#further = this.#caller = undefined;
      // An aborted transaction may come back through a savepoint, and its settings with it or not: they are sent again.
      if (status !== 'T') this.#announced = false;
    });
    // Statements on a broken connection fail by themselves. Without a listener the event would end the process.
    this.on('error', () => undefined);
  }

  /**
   * Opens the connection outside of any context, because the events of a socket run in the context it was opened in: a
   * listener for notifications would run as the tenant that happened to need a new connection.
   *
   * @param callback - called when the connection is open; without it a promise is returned
   */
  override connect(): Promise<Client>;
  override connect(callback: ConnectCallback): void;
  override connect(callback?: ConnectCallback): Promise<Client> | void {
    return runWithContext(undefined, () => (callback === undefined ? super.connect() : super.connect(callback)));
  }

  // @ts-expect-error pg declares eight overloads; this one implementation serves them all.
  override query(
    config: string | QueryDescription | Submittable,
    values?: unknown[] | QueryCallback,
    callback?: QueryCallback,
  ): Promise<QueryResult> | Submittable | undefined {
    const context = scopedContext(this.#onMissingTenant);
    const origin = this.#held ? 'plain' : 'late';
    const given = typeof values === 'function' ? values : callback;
    const parameters = typeof values === 'function' ? undefined : values;
    if (isSubmittable(config)) {
      const wrapped = scopedSubmittable(this, context, this.#held ? 'streamed' : 'late', config);
      void super.query(wrapped as never, given && (bindContext(given) as never));
      return config;
    }
    if (given !== undefined) {
      this.issue(context, origin, config, parameters, bindContext(given));
      return undefined;
    }
    return new Promise<QueryResult>((resolve, reject) => {
      const done: QueryCallback = (error, result) => (error ? reject(error) : resolve(result as QueryResult));
      this.issue(context, origin, config, parameters, done);
    }).catch((error: Error) => {
      // The stack of a socket callback helps nobody: replace it with one that leads to the caller.
      Error.captureStackTrace(error);
      throw error;
    });
  }

  /**
   * Queues a statement in a context that is given and not the current one.
   *
   * @internal
   * @param context - the context
   * @param origin - whether the pool has looked at the text already
   * @param config - the statement
   * @param values - its parameters
   * @param done - called with the outcome
   */
  issue(
    context: RequestContext | undefined,
    origin: StatementOrigin,
    config: string | QueryDescription,
    values: unknown[] | undefined,
    done: QueryCallback,
  ): void {
    if (config == null) throw new TypeError('Client was passed a null or undefined query');
    super.query(new ScopedQuery(this, context, origin, config, values, done) as never);
  }

  /**
   * Tells whether the connection may go back to its pool: nothing runs on it or waits, no transaction is open or begun, and
   * no statement has left anything in its session.
   *
   * @internal
   */
  isClean(): boolean {
    const idle = this.#status === 'I' && this.#pinned === undefined && !this.#answering;
    return idle && !this.#altered && queueOf(this).length === 0;
  }

  /**
   * Takes note that the client is checked out, or given back.
   *
   * @internal
   * @param held - whether somebody has it
   */
  hold(held: boolean): void {
    this.#held = held;
  }

  /** @internal */
  sent(): void {
    this.#answering = true;
    this.#stranded = false;
  }

  /**
   * Tells whether nothing has run on the client since its BEGIN was refused for want of a tenant.
   *
   * @internal
   */
  isStranded(): boolean {
    return this.#stranded && this.isClean();
  }

  /** @internal */
  requeue(query: object): void {
    queueOf(this).unshift(query);
  }

  /** @internal */
  awaitReady(query: object): void {
    keepRunning(this, query);
  }

  /** @internal */
  abandon(): void {
    // With a statement running, pg closes the socket at once; and it reports no error of the client for one it ended.
    void this.end();
  }

  /**
   * @internal
   * @throws SettingRefusedError for a further setting that statements must not carry
   */
  scope(context: RequestContext | undefined, text: string, origin: StatementOrigin): Scoping {
    if (origin === 'vetted' && this.#status === 'I' && context !== undefined) return this.#scopeStatement(context);
    const verb = transactionVerb(text);
    const objection = objectionTo(verb, origin);
    if (objection !== undefined) return refused(objection);
    if (this.#status !== 'I') return this.#scopeInTransaction(context, verb, text);
    if (verb === 'control' || verb === 'rollbackTo') return UNSCOPED;
    if (context === undefined) {
      this.#stranded = verb === 'begin';
      if (this.#stranded) this.#onStranded(this);
      return refused(new TenantContextMissingError());
    }
    if (verb === 'begin') {
      // Here, too: what cannot be carried is refused with the first statement it would be carried by.
      this.#preamble.furtherOf(context);
      this.#pinned = context;
      return UNSCOPED;
    }
    this.#noteEffect(context, text);
    return origin === 'streamed' ? { place: 'before', preamble: this.#encode(context) } : this.#scopeStatement(context);
  }

  #encode(context: RequestContext): Buffer {
    return this.#preamble.encode(context, this.#preamble.furtherOf(context));
  }

  #scopeStatement(context: RequestContext): Scoping {
    const preamble = this.#preamble;
    if (!preamble.usesPrepared) return { place: 'before', preamble: this.#encode(context) };
    const { form, bytes } = preamble.encodePrepared(context);
    return {
      place: 'before',
      preamble: this.#prepared.has(form) ? bytes : Buffer.concat([form.preparation, bytes]),
      onSent: () => this.#prepared.add(form),
      withoutPrepared: () => {
        preamble.preparedFailed();
        this.#prepared.clear();
        return { place: 'before', preamble: this.#encode(context) };
      },
    };
  }

  /** Inside a transaction the pinned tenant counts; code that lost its context, as timers do, goes on in the pinned one. */
  #scopeInTransaction(context: RequestContext | undefined, verb: TransactionVerb, text: string): Scoping {
    if (verb === 'rollbackTo') this.#announced = false;
    if (verb === 'control' || verb === 'rollbackTo') return UNSCOPED;
    const pinned = this.#pinned;
    if (pinned === undefined) return refused(new UnsupportedStatementError(BEGUN_UNSEEN));
    if (context !== undefined && (context.tenantId !== pinned.tenantId || context.mode !== pinned.mode)) {
      return refused(new TenantSwitchInTransactionError());
    }
    if (verb === 'setup') return UNSCOPED;
    const caller = context === undefined || context === NO_CONTEXT ? pinned : context;
    const further = this.#preamble.furtherOf(caller);
    const keeps = this.#noteEffect(context, text);
    if (this.#announced && isSameCaller(this.#caller, caller) && this.#isInForce(further)) {
      this.#announced = keeps;
      return UNSCOPED;
    }
    return this.#announce(caller, further, keeps);
  }

  #isInForce(further: FurtherSettings | undefined): boolean {
    return this.#further === undefined ? further === undefined : this.#further.holds(further);
  }

  /** Not in the prepared form: a transaction in which it fails cannot be taken up again. */
  #announce(caller: RequestContext, further: FurtherSettings | undefined, keeps: boolean): Scoping {
    const covering = this.#further === undefined ? further : this.#further.covering(further);
    return {
      place: 'before',
      preamble: this.#preamble.encode(caller, covering),
      onSent: () => {
        this.#announced = keeps;
        this.#caller = caller;
        if (further !== undefined) this.#further ??= new TransactionSettings();
        this.#further?.sent(further);
      },
    };
  }

  /** Gives whether the settings of the context are sure to be what they were when the statement is done. */
  #noteEffect(context: RequestContext | undefined, text: string): boolean {
    const effect = sessionEffect(text);
    // What sets a new connection up is meant to last.
    if (effect === 'lasting' && context !== SETUP_CONTEXT) this.#altered = true;
    return effect === 'none';
  }
}

function isSubmittable(config: unknown): config is Submittable {
  return typeof (config as Partial<Submittable> | null | undefined)?.submit === 'function';
}

function objectionTo(verb: TransactionVerb, origin: StatementOrigin): Error | undefined {
  if (origin === 'late') return new UnsupportedStatementError('The client was given back to its pool already');
  if (verb === 'none') return undefined;
  if (origin === 'streamed') {
    return new UnsupportedStatementError('A cursor or stream cannot begin or end transactions: send it as a query');
  }
  return verb === 'chain' ? new UnsupportedStatementError('AND CHAIN would begin without the tenant') : undefined;
}

const BEGUN_UNSEEN = 'This transaction was begun in a way that could not be scoped to the tenant; roll it back';
