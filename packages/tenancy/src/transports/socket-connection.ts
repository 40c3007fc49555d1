import { NestarcError, type TenantId } from '@nestarc/core';
import type { TenancyRequest } from '../request/tenancy-request';
import type { ConnectionRegistry } from './connection-registry';

/** Thrown for a message of a connection whose first request is not known: its handler does not run. */
export class UnknownConnectionError extends NestarcError {
  constructor() {
    super(
      'The request that opened this connection is not known: the adapter of the WebSockets has to hand it to ' +
        'handleConnection() as its second argument, as WsAdapter of @nestjs/platform-ws does',
      { code: 'TENANT_CONNECTION_UNKNOWN' },
    );
  }
}

/** Of a connection, what its messages need; it is kept as long as the socket is. */
export class SocketConnection {
  /** Why the connection is being closed, where it is. */
  refusal: { readonly error: unknown } | undefined;
  /** Whether nothing on its server is known to run without a tenant. */
  needsTenant = true;
  #settling: Promise<unknown> | undefined;
  #verifiedAt = Number.NEGATIVE_INFINITY;

  constructor(
    /** The socket. */
    readonly client: object,
    /** The request that opened it. */
    readonly request: TenancyRequest,
    private readonly registry: ConnectionRegistry,
  ) {}

  /** When its tenant was last verified, on the clock of `performance.now()`. */
  get verifiedAt(): number {
    return this.#verifiedAt;
  }

  /** Settles once gateways know about the connection, so that no message is ahead of `handleConnection`. */
  get settled(): Promise<unknown> | undefined {
    return this.#settling;
  }

  /**
   * Lets messages wait.
   *
   * @param work - what they wait for
   */
  hold(work: Promise<unknown>): void {
    const settling = Promise.allSettled([this.#settling, work]).then(() => {
      if (this.#settling === settling) this.#settling = undefined;
    });
    this.#settling = settling;
  }

  /**
   * Notes whose connection it is, and that this was verified now.
   *
   * @param tenantId - the tenant a message or the first request was verified for
   */
  join(tenantId: TenantId): void {
    this.#verifiedAt = performance.now();
    this.registry.join(this.client, tenantId);
  }

  /** Notes that it is nobody's any more. */
  leave(): void {
    this.registry.leave(this.client);
  }
}

const connections = new WeakMap<object, SocketConnection>();

const isRequest = (value: unknown): value is TenancyRequest =>
  typeof value === 'object' && value !== null && typeof (value as Partial<TenancyRequest>).headers === 'object';

/**
 * Notes a connection that was just opened; several gateways may share it.
 *
 * @param client - the socket
 * @param argument - what the adapter says besides: the request, where it is that of `ws`
 * @param registry - where connections are listed by tenant
 * @returns the connection, or `undefined` where its request is not known
 */
export function openConnection(
  client: object,
  argument: unknown,
  registry: ConnectionRegistry,
): SocketConnection | undefined {
  const known = connections.get(client);
  if (known !== undefined) return known;
  const request = [argument, (client as { request?: unknown }).request].find(isRequest);
  if (request === undefined) return undefined;
  const connection = new SocketConnection(client, request, registry);
  connections.set(client, connection);
  return connection;
}

/**
 * Gives the connection of a socket, or `undefined` where the request that opened it is not known.
 *
 * @param client - the socket
 */
export function findConnection(client: unknown): SocketConnection | undefined {
  return typeof client === 'object' && client !== null ? connections.get(client) : undefined;
}

/**
 * Gives the connection of a socket.
 *
 * @param client - the socket
 * @throws {@link UnknownConnectionError} when the request that opened it is not known
 */
export function connectionOf(client: unknown): SocketConnection {
  const connection = findConnection(client);
  if (connection === undefined) throw new UnknownConnectionError();
  return connection;
}
