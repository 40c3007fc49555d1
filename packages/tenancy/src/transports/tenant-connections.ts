import { Inject, Injectable } from '@nestjs/common';
import { TenantResolver } from '../resolution/tenant-resolver';
import type { ResolvedTenancyOptions } from '../tenancy-options.schema';
import { TENANCY_MODULE_OPTIONS } from '../tenancy.tokens';
import { TenantIdPolicy } from '../tenant-id-policy';
import { ConnectionRegistry } from './connection-registry';
import { ConnectionVerifier } from './connection-verifier';
import { sendEvent } from './socket-client';
import { findConnection } from './socket-connection';

/** The open connections of WebSocket gateways, by the tenant they were verified for. */
@Injectable()
export class TenantConnections {
  readonly #policy: TenantIdPolicy;
  readonly #verifier: ConnectionVerifier;

  constructor(
    @Inject(TENANCY_MODULE_OPTIONS) options: ResolvedTenancyOptions,
    private readonly registry: ConnectionRegistry,
    resolver: TenantResolver,
  ) {
    this.#policy = new TenantIdPolicy(options);
    this.#verifier = new ConnectionVerifier(resolver);
  }

  /**
   * Gives the open connections of a tenant. One is in the list from when its tenant is verified until it closes, one of its
   * messages is refused, or {@link TenantConnections.broadcast} finds it refused. Its token may have expired since: to send
   * what only members may see, use `broadcast`.
   *
   * @param tenantId - the tenant
   * @returns the sockets, as gateways get them
   * @throws InvalidTenantIdError when the id is not well formed
   */
  of<T extends object = object>(tenantId: string): readonly T[] {
    return this.registry.of(this.#policy.trust(tenantId)) as readonly T[];
  }

  /**
   * Sends an event to every open connection of a tenant, and to no other. One that was last verified more than 60 seconds
   * ago, by its first request, a message or a broadcast, is verified again before, and gets the event right after that. If
   * it is refused, because its token has expired or its user has left the tenant, it is closed with 1008 and the code, or
   * loses its place in the list where connections may stay without a tenant. If it cannot be verified for now, it stays,
   * and misses this event.
   *
   * @param tenantId - the tenant
   * @param event - name of the event
   * @param data - what it carries. Defaults to nothing
   * @returns to how many connections it was sent, or will be if they are still the tenant's
   * @throws InvalidTenantIdError when the id is not well formed
   */
  broadcast(tenantId: string, event: string, data?: unknown): number {
    const tenant = this.#policy.trust(tenantId);
    const clients = this.registry.of(tenant);
    for (const client of clients) {
      const connection = findConnection(client);
      if (connection === undefined) continue;
      this.#verifier.whileOf(connection, tenant, () => sendEvent(client, event, data));
    }
    return clients.length;
  }
}
