import { createContext, parseTenantId, runWithContext } from '@nestarc/core';
import { Logger } from '@nestjs/common';
import { createCache } from 'cache-manager';
import { Keyv } from 'keyv';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CacheStore, TenantCache } from '../../src/cache';
import { TestStore } from './stores';

const as = <T>(tenantId: string, work: () => T): T =>
  runWithContext(createContext({ tenantId: parseTenantId(tenantId) }), work);

/** A promise, and what settles it. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

const stores: [string, () => CacheStore][] = [
  ['cache-manager 7', () => createCache()],
  ['cache-manager 7 on two stores', () => createCache({ stores: [new Keyv(), new Keyv()] })],
  ['a store that keeps JSON and says null', () => new TestStore(null)],
];

describe.each(stores)('TenantCache on %s', (_name, makeStore) => {
  let cache: TenantCache;
  beforeEach(() => {
    cache = new TenantCache(makeStore());
  });

  it('keeps the values of each tenant apart', async () => {
    await as('acme', () => cache.set('report', { of: 'acme' }));
    expect(await as('acme', () => cache.get('report'))).toEqual({ of: 'acme' });
    expect(await as('globex', () => cache.get('report'))).toBeUndefined();
    await as('globex', () => cache.del('report'));
    expect(await as('acme', () => cache.get('report'))).toEqual({ of: 'acme' });
    await as('acme', () => cache.del('report'));
    expect(await as('acme', () => cache.get('report'))).toBeUndefined();
  });

  it('forgets a value when its time is over', async () => {
    const short = new TenantCache(createCache());
    await as('acme', () => short.set('report', 1, { ttlMs: 30 }));
    expect(await as('acme', () => short.get('report'))).toBe(1);
    await delay(50);
    expect(await as('acme', () => short.get('report'))).toBeUndefined();
  });

  it('works a value out once, and again after an invalidation of one of its tags', async () => {
    const compute = vi.fn(() => compute.mock.calls.length);
    const wrap = (): Promise<number> =>
      as('acme', () => cache.wrap('count', compute, { tags: ['customers', 'orders'] }));
    expect([await wrap(), await wrap()]).toEqual([1, 1]);
    await as('acme', () => cache.invalidateTags(['orders']));
    expect([await wrap(), await wrap()]).toEqual([2, 2]);
    await as('acme', () => cache.invalidateTags(['invoices']));
    expect(await wrap()).toBe(2);
  });

  it('leaves other tenants’ values alone when a tag is invalidated, and when a tenant is cleared', async () => {
    const set = (): Promise<void> => cache.set('list', 'kept', { tags: ['customers'] });
    await as('acme', set);
    await as('globex', set);
    await as('acme', () => cache.invalidateTags(['customers']));
    expect(await as('acme', () => cache.get('list'))).toBeUndefined();
    expect(await as('globex', () => cache.get('list'))).toBe('kept');
    await as('acme', set);
    await cache.clearTenant('acme');
    expect(await as('acme', () => cache.get('list'))).toBeUndefined();
    expect(await as('globex', () => cache.get('list'))).toBe('kept');
  });

  it('invalidates for a named tenant from outside of any, however the id is spelled', async () => {
    await as('acme', () => cache.set('list', 1, { tags: ['customers'] }));
    await as('globex', () => cache.invalidateTags(['customers'], { tenantId: 'ACME' }));
    expect(await as('acme', () => cache.get('list'))).toBeUndefined();
  });

  it('never gives out after an invalidation what was worked out before it and stored after it', async () => {
    const started = gate();
    const finish = gate();
    const options = { tags: ['customers'] };
    const slow = as('acme', () =>
      cache.wrap(
        'list',
        async () => {
          started.open();
          await finish.opened;
          return 'stale';
        },
        options,
      ),
    );
    await started.opened;
    await as('acme', () => cache.invalidateTags(['customers']));
    // Asked for while the stale one is still being worked out: it is not waited for.
    expect(await as('acme', () => cache.wrap('list', () => 'fresh', options))).toBe('fresh');
    finish.open();
    expect(await slow).toBe('stale');
    expect(await as('acme', () => cache.get('list'))).not.toBe('stale');
    expect(await as('acme', () => cache.wrap('list', () => 'fresh', options))).toBe('fresh');
  });

  it('works a value out once for many that ask at once, and for each tenant', async () => {
    const compute = vi.fn(async () => {
      await delay(10);
      return compute.mock.calls.length;
    });
    const ask = (tenantId: string): Promise<number> => as(tenantId, () => cache.wrap('slow', compute, { tags: ['t'] }));
    const all = await Promise.all(Array.from({ length: 50 }, (_, index) => ask(index % 2 === 0 ? 'acme' : 'globex')));
    expect(compute).toHaveBeenCalledTimes(2);
    expect(all).toHaveLength(50);
  });

  it('passes a failure on to all who wait, and stores nothing', async () => {
    const failing = (): Promise<never> => Promise.reject(new Error('broken'));
    const asks = [1, 2].map(() => as('acme', () => cache.wrap('list', failing)));
    for (const ask of asks) await expect(ask).rejects.toThrow('broken');
    expect(await as('acme', () => cache.wrap('list', () => 'well'))).toBe('well');
  });

  it('keeps null, but not undefined', async () => {
    const compute = vi.fn((): null | undefined => null);
    const wrap = (): Promise<unknown> => as('acme', () => cache.wrap('none', compute));
    expect([await wrap(), await wrap()]).toEqual([null, null]);
    expect(compute).toHaveBeenCalledTimes(1);
    await as('acme', () => cache.set('none', undefined));
    compute.mockReturnValue(undefined);
    await cache.clearTenant('acme');
    expect([await wrap(), await wrap()]).toEqual([undefined, undefined]);
    expect(compute).toHaveBeenCalledTimes(3);
  });

  it('does not take an entry without a tag that is asked for', async () => {
    await as('acme', () => cache.set('list', 'untagged'));
    expect(await as('acme', () => cache.wrap('list', () => 'tagged', { tags: ['customers'] }))).toBe('tagged');
  });

  it('refuses to work without a tenant, also in a context that does without one', async () => {
    const bypassed = <T>(work: () => T): T => runWithContext(createContext({ mode: 'bypass' }), work);
    const missing = { code: 'TENANT_CONTEXT_MISSING' };
    await expect(cache.get('list')).rejects.toMatchObject(missing);
    await expect(bypassed(() => cache.set('list', 1))).rejects.toMatchObject(missing);
    await expect(bypassed(() => cache.wrap('list', () => 1))).rejects.toMatchObject(missing);
    await expect(cache.del('list')).rejects.toMatchObject(missing);
    await expect(cache.invalidateTags(['customers'])).rejects.toMatchObject(missing);
    await expect(cache.clearTenant()).rejects.toMatchObject(missing);
  });

  it('refuses tags that are none', async () => {
    await expect(as('acme', () => cache.invalidateTags(['']))).rejects.toMatchObject({ code: 'CACHE_TAG_INVALID' });
  });
});

describe('TenantCache', () => {
  afterEach(() => vi.restoreAllMocks());

  it('does not find again what was invalidated before its version was lost', async () => {
    const store = new TestStore();
    const cache = new TenantCache(store);
    const options = { tags: ['customers'] };
    await as('acme', () => cache.set('list', 'stale', options));
    await as('acme', () => cache.invalidateTags(['customers']));
    for (const key of store.values.keys()) if (key.includes(':tag:')) store.values.delete(key);
    expect(await as('acme', () => cache.wrap('list', () => 'fresh', options))).toBe('fresh');
  });

  it('ignores what others have written under its keys', async () => {
    const store = new TestStore();
    const cache = new TenantCache(store);
    await as('acme', () => cache.set('list', 1));
    for (const foreign of [
      'text',
      7,
      { value: 1 },
      { value: 1, versions: [['', 1]] },
      { value: 1, versions: 'none' },
    ]) {
      for (const key of store.values.keys()) if (key.includes(':value:')) store.values.set(key, foreign);
      expect(await as('acme', () => cache.get('list'))).toBeUndefined();
    }
  });

  it.each(['fails', 'hangs'] as const)('does without a store that %s, and says so once a minute', async (mode) => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const store = new TestStore();
    const cache = new TenantCache(store, { storeTimeoutMs: 20 });
    store.mode = mode;
    for (let run = 0; run < 3; run += 1) {
      expect(await as('acme', () => cache.wrap('list', () => run, { tags: ['customers'] }))).toBe(run);
      expect(await as('acme', () => cache.get('list'))).toBeUndefined();
      await as('acme', () => cache.set('list', run));
    }
    expect(warn).toHaveBeenCalledTimes(1);
    expect(String(warn.mock.calls[0]?.[0])).not.toContain('acme');
    const later = Date.now() + 61_000;
    vi.spyOn(Date, 'now').mockReturnValue(later);
    await as('acme', () => cache.get('list'));
    expect(warn).toHaveBeenCalledTimes(2);
  });

  it.each(['fails', 'hangs', 'loses writes'] as const)('tells when a store that %s does not forget', async (mode) => {
    const store = new TestStore();
    const cache = new TenantCache(store, { storeTimeoutMs: 20 });
    await as('acme', () => cache.set('list', 1, { tags: ['customers'] }));
    store.mode = mode;
    const failed = { code: 'CACHE_INVALIDATION_FAILED', status: 500 };
    await expect(as('acme', () => cache.invalidateTags(['customers']))).rejects.toMatchObject(failed);
    await expect(cache.clearTenant('acme')).rejects.toMatchObject(failed);
    if (mode !== 'loses writes') await expect(as('acme', () => cache.del('list'))).rejects.toMatchObject(failed);
  });

  it('stores nothing under a version that could not be written', async () => {
    vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const store = new TestStore();
    const cache = new TenantCache(store);
    store.beforeSet = async (key) => {
      if (key.includes(':tag:')) throw new Error('read-only');
    };
    expect(await as('acme', () => cache.wrap('list', () => 1))).toBe(1);
    expect([...store.values.keys()]).toEqual([]);
  });

  it('reads a value and the versions of its tags in one round trip', async () => {
    const store = new TestStore();
    const cache = new TenantCache(store);
    const wrap = (): Promise<number> => as('acme', () => cache.wrap('list', () => 1, { tags: ['a', 'b'] }));
    await wrap();
    store.calls.length = 0;
    const reading = wrap();
    const inFlight = [...store.calls];
    await reading;
    expect(inFlight).toHaveLength(4);
    expect(store.calls).toEqual(inFlight);
  });
});
