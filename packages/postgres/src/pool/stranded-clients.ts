import type { PoolClient } from 'pg';
import type { ContextClient } from './context-client';

/**
 * Clients whose BEGIN was refused for want of a tenant, and that nobody has used since. Some libraries, Drizzle among them, do
 * not give a client back whose BEGIN failed; with pg that hardly happens. They are taken back when their connection is needed,
 * and lose it: their holder, should there still be one, must not meet the next.
 */
export class StrandedClients {
  readonly #clients = new Set<ContextClient>();

  /**
   * Takes note of a client whose BEGIN was refused.
   *
   * @param client - the client
   */
  add(client: ContextClient): void {
    this.#clients.add(client);
  }

  /**
   * Forgets a client that was given back.
   *
   * @param client - the client
   */
  delete(client: ContextClient): void {
    this.#clients.delete(client);
  }

  /**
   * Takes clients back.
   *
   * @param count - how many at most
   */
  takeBack(count: number): void {
    for (const client of this.#clients) {
      if (count <= 0) return;
      this.#clients.delete(client);
      if (!client.isStranded()) continue;
      const holder = client as unknown as Pick<PoolClient, 'release'>;
      const { release } = holder;
      holder.release = () => undefined;
      release(true);
      count -= 1;
    }
  }
}
