import { createContext, isNestarcError, type RequestContext, runWithContext } from '@nestarc/core';
import { type ExecutionContext, Inject, Injectable, Logger, type Type } from '@nestjs/common';
import type { ExecutionEdge } from '../edge/execution-edge';
import { Admission } from '../http/admission';
import { TenantResolver } from '../resolution/tenant-resolver';
import type { ResolvedTenancyOptions } from '../tenancy-options.schema';
import { TENANCY_MODULE_OPTIONS } from '../tenancy.tokens';
import { ConnectionRegistry } from './connection-registry';
import { contextFor } from './execution-contexts';
import { demandOf, messageHandlersOf, serverOf } from './handler-kinds';
import { answerOf, UNEXPECTED } from './refusal-answer';
import { isOpen, refuseClient } from './socket-client';
import { openConnection, type SocketConnection } from './socket-connection';

/** A gateway that is told of a connection. */
export interface GatewayConnect {
  /** The gateway. */
  readonly gateway: object;
  /** Its class. */
  readonly metatype: Type;
  /** The socket. */
  readonly client: object;
  /** What the adapter says besides. */
  readonly argument: unknown;
}

/** What was found out about a connection. */
type Verdict =
  | {
      readonly kind: 'admitted';
      /** The context in which gateways hear of it. */
      readonly context: RequestContext;
    }
  | {
      readonly kind: 'refused';
      /** Why it may not be: whatever was thrown, `undefined` too. */
      readonly error: unknown;
    };

/** The edges of connections look at the request, which they know, and not at the execution: there is none. */
const NO_EXECUTION = Object.freeze({}) as ExecutionContext;

/** Nobody's: the database refuses. */
const UNDECIDED: RequestContext = createContext();

/**
 * Decides about connections to gateways. What is decided here only spares an unverified client, and its server, the
 * connection: each message is decided about on its own.
 */
@Injectable()
export class GatewayAdmission {
  readonly #logger = new Logger('TenancyModule');
  /** Gateways that have been told of a connection, and in which context. */
  readonly #told = new WeakMap<object, WeakMap<object, RequestContext>>();
  readonly #verdicts = new WeakMap<SocketConnection, Promise<Verdict>>();
  /** The servers with a handler that runs without a tenant, too. */
  readonly #openServers = new Set<string>();

  constructor(
    @Inject(TENANCY_MODULE_OPTIONS) private readonly options: ResolvedTenancyOptions,
    private readonly resolver: TenantResolver,
    private readonly admission: Admission,
    private readonly registry: ConnectionRegistry,
  ) {}

  /**
   * Finds out which connections may stay without a tenant.
   *
   * @param gateways - the classes of all gateways
   */
  learn(gateways: readonly Type[]): void {
    for (const metatype of gateways) {
      const isOpenFor = (handler: object): boolean => demandOf(handler, metatype) !== 'required';
      const demands = demandOf(metatype) !== 'required' || messageHandlersOf(metatype).some(isOpenFor);
      if (demands) this.#openServers.add(serverOf(metatype));
    }
  }

  /**
   * Tells a gateway of a connection, in the context of its tenant; ends the connection where it may not be.
   *
   * @param connect - the gateway, and the connection
   * @param tell - calls the gateway's own method
   */
  connect(connect: GatewayConnect, tell: () => unknown): unknown {
    const { gateway, metatype, client, argument } = connect;
    // A method that calls that of the class it inherits from, with the client or without.
    if (!isObject(client) || this.#told.get(gateway)?.has(client) === true) return tell();
    const connection = openConnection(client, argument, this.registry);
    const staysAnyway = this.#openServers.has(serverOf(metatype));
    if (connection !== undefined) connection.needsTenant = !staysAnyway && this.options.guard === 'global';
    const tellWithin = (context: RequestContext): unknown => {
      this.#tellOf(gateway).set(client, context);
      return runWithContext(context, tell);
    };
    if (demandOf(metatype) === 'bypassed') return tellWithin(contextFor({}));
    const decidesNow = this.options.guard === 'global' && this.resolver.needsRequestOnly;
    if (connection === undefined || !decidesNow) return tellWithin(UNDECIDED);
    const deciding = this.#decide(connection).then((verdict) => {
      if (verdict.kind === 'refused' && !staysAnyway) return this.#refuse(connection, verdict.error);
      const context = verdict.kind === 'admitted' ? verdict.context : UNDECIDED;
      return isOpen(client) ? { told: tellWithin(context) } : undefined;
    });
    connection.hold(deciding);
    return deciding.then((outcome) => outcome?.told);
  }

  /**
   * Tells a gateway of the end of a connection it has been told of.
   *
   * @param gateway - the gateway
   * @param client - the socket
   * @param tell - calls the gateway's own method
   */
  disconnect(gateway: object, client: object, tell: () => unknown): unknown {
    if (!isObject(client)) return tell();
    const context = this.#told.get(gateway)?.get(client);
    return context === undefined ? undefined : runWithContext(context, tell);
  }

  #tellOf(gateway: object): WeakMap<object, RequestContext> {
    const told = this.#told.get(gateway) ?? new WeakMap<object, RequestContext>();
    this.#told.set(gateway, told);
    return told;
  }

  /** Several gateways may share a connection. */
  #decide(connection: SocketConnection): Promise<Verdict> {
    const verdict = this.#verdicts.get(connection) ?? this.#admit(connection);
    this.#verdicts.set(connection, verdict);
    return verdict;
  }

  async #admit(connection: SocketConnection): Promise<Verdict> {
    let context = UNDECIDED;
    const edge: ExecutionEdge = {
      requestOf: () => connection.request,
      responseOf: () => undefined,
      enter(_execution, identity) {
        context = contextFor(identity);
        if (identity.tenantId !== undefined) connection.join(identity.tenantId);
      },
      within: (_execution, callback) => runWithContext(context, callback),
      refusal: (error) => error,
    };
    try {
      await this.admission.admit(NO_EXECUTION, edge, 'required');
      return { kind: 'admitted', context };
    } catch (error) {
      connection.leave();
      return { kind: 'refused', error };
    }
  }

  #refuse(connection: SocketConnection, error: unknown): undefined {
    if (connection.refusal !== undefined) return;
    connection.refusal = { error };
    if (!isNestarcError(error)) this.#logger.error(error);
    refuseClient(connection.client, isNestarcError(error) ? answerOf(error) : UNEXPECTED);
  }
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;
