import { Injectable } from '@nestjs/common';
import { isOpen, onceClosed } from './socket-client';

/** Lists connections by the tenant they were verified for; each is in one list at most, and in none once it is closed. */
@Injectable()
export class ConnectionRegistry {
  readonly #byTenant = new Map<string, Set<object>>();
  readonly #tenants = new WeakMap<object, string>();
  readonly #watched = new WeakSet<object>();

  /**
   * Gives the connections of a tenant.
   *
   * @param tenantId - the tenant, in canonical form
   */
  of(tenantId: string): readonly object[] {
    return [...(this.#byTenant.get(tenantId) ?? [])].filter(isOpen);
  }

  /**
   * Puts a connection among those of a tenant, and of no other.
   *
   * @param client - the socket
   * @param tenantId - the tenant it was verified for
   */
  join(client: object, tenantId: string): void {
    if (this.#tenants.get(client) === tenantId || !isOpen(client)) return;
    this.leave(client);
    if (!this.#watched.has(client)) onceClosed(client, () => this.leave(client));
    this.#watched.add(client);
    this.#tenants.set(client, tenantId);
    const clients = this.#byTenant.get(tenantId) ?? new Set();
    this.#byTenant.set(tenantId, clients.add(client));
  }

  /**
   * Takes a connection out.
   *
   * @param client - the socket
   */
  leave(client: object): void {
    const tenantId = this.#tenants.get(client);
    if (tenantId === undefined) return;
    this.#tenants.delete(client);
    const clients = this.#byTenant.get(tenantId);
    clients?.delete(client);
    if (clients?.size === 0) this.#byTenant.delete(tenantId);
  }
}
