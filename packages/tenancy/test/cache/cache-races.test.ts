import { createContext, parseTenantId, runWithContext } from '@nestarc/core';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { TenantCache } from '../../src/cache';
import { seededRandom } from '../load/seeded-random';
import { TestStore } from './stores';

it.each([1, 2, 3, 4])(
  'what is given out is never older than the last finished invalidation, whatever the order of events (seed %i)',
  async (seed) => {
    const random = seededRandom(seed);
    const pause = (): Promise<void> => delay(Math.floor(random() * 4));
    const store = new TestStore();
    store.beforeSet = pause;
    // Two processes on one store.
    const caches = [new TenantCache(store), new TenantCache(store)];
    const data = new Map([
      ['acme', 0],
      ['globex', 0],
    ]);
    const finished = new Map(data);
    let reads = 0;
    let hits = 0;
    const reader = async (tenantId: string, cache: TenantCache): Promise<void> => {
      for (let turn = 0; turn < 40; turn += 1) {
        const floor = finished.get(tenantId) ?? 0;
        let computed = false;
        const compute = async (): Promise<number> => {
          computed = true;
          const read = data.get(tenantId) ?? 0;
          await pause();
          return read;
        };
        const value = await cache.wrap('value', compute, { tags: ['data'] });
        reads += 1;
        if (!computed) hits += 1;
        expect(value).toBeGreaterThanOrEqual(floor);
        await pause();
      }
    };
    const writer = async (tenantId: string, cache: TenantCache): Promise<void> => {
      for (let turn = 1; turn <= 15; turn += 1) {
        data.set(tenantId, turn);
        await cache.invalidateTags(['data']);
        finished.set(tenantId, turn);
        if (turn % 5 === 0) for (const key of store.values.keys()) if (key.includes(':tag:')) store.values.delete(key);
        await delay(5);
      }
    };
    const runs = ['acme', 'globex'].flatMap((tenantId) => {
      const context = createContext({ tenantId: parseTenantId(tenantId) });
      const roles = caches.flatMap((cache) => [() => reader(tenantId, cache), () => reader(tenantId, cache)]);
      return [...roles, () => writer(tenantId, caches[0]!)].map((role) => runWithContext(context, role));
    });
    await Promise.all(runs);
    expect(reads).toBe(320);
    expect(hits).toBeGreaterThan(20);
  },
);
