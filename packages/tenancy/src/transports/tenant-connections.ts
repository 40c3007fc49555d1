import { Inject, Injectable } from '@nestjs/common';
import type { ResolvedTenancyOptions } from '../tenancy-options.schema';
import { TENANCY_MODULE_OPTIONS } from '../tenancy.tokens';
import { TenantIdPolicy } from '../tenant-id-policy';
import { ConnectionRegistry } from './connection-registry';
import { sendEvent } from './socket-client';

/** The open connections of WebSocket gateways, by the tenant they were verified for. */
@Injectable()
export class TenantConnections {
  readonly #policy: TenantIdPolicy;

  constructor(
    @Inject(TENANCY_MODULE_OPTIONS) options: ResolvedTenancyOptions,
    private readonly registry: ConnectionRegistry,
  ) {
    this.#policy = new TenantIdPolicy(options);
  }

  /**
   * Gives the open connections of a tenant. One is in the list from when its tenant is verified until it closes or one of
   * its messages is refused.
   *
   * @param tenantId - the tenant
   * @returns the sockets, as gateways get them
   * @throws InvalidTenantIdError when the id is not well formed
   */
  of<T extends object = object>(tenantId: string): readonly T[] {
    return this.registry.of(this.#policy.trust(tenantId)) as readonly T[];
  }

  /**
   * Sends an event to every open connection of a tenant, and to no other.
   *
   * @param tenantId - the tenant
   * @param event - name of the event
   * @param data - what it carries. Defaults to nothing
   * @returns to how many connections it was sent
   * @throws InvalidTenantIdError when the id is not well formed
   */
  broadcast(tenantId: string, event: string, data?: unknown): number {
    const clients = this.of(tenantId);
    for (const client of clients) sendEvent(client, event, data);
    return clients.length;
  }
}
