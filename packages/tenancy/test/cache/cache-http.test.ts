import { PLATFORMS, serveOn, type ServedApp } from '@nestarc/testing';
import { Logger } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TenantCache, type TenantCacheModuleOptions } from '../../src/cache';
import { type Answer, cachedApp, Runs } from './cache-app';
import { TestStore } from './stores';

interface Got {
  readonly status: number;
  readonly cache: string | null;
  readonly body: Answer;
}

const JANE = { authorization: 'Bearer jane' };
const JOE = { authorization: 'Bearer joe' };

describe.each(PLATFORMS)('cached answers on %s', (platform) => {
  let app: ServedApp;
  const serve = async (options?: TenantCacheModuleOptions, store?: TestStore): Promise<void> => {
    app = await serveOn(platform, cachedApp(options, store));
  };
  beforeEach(() => {
    Runs.count = 0;
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await app.close();
  });

  const ask = (
    path: string,
    tenantId: string,
    headers: Record<string, string> = {},
    method = 'GET',
  ): Promise<Response> => fetch(`${app.url}${path}`, { method, headers: { 'x-tenant-id': tenantId, ...headers } });
  const get = async (path: string, tenantId: string, headers?: Record<string, string>): Promise<Got> => {
    const response = await ask(path, tenantId, headers);
    return { status: response.status, cache: response.headers.get('x-cache'), body: (await response.json()) as Answer };
  };
  /** Outcomes of the same request, twice. */
  const twice = async (
    path: string,
    tenantId: string,
    headers?: Record<string, string>,
  ): Promise<(string | null)[]> => [
    (await get(path, tenantId, headers)).cache,
    (await get(path, tenantId, headers)).cache,
  ];

  it('are given again to the same tenant, and never to the next one', async () => {
    await serve();
    expect(await get('/mine', 'acme')).toMatchObject({ cache: 'MISS', body: { tenant: 'acme', run: 1 } });
    expect(await get('/mine', 'globex')).toMatchObject({ cache: 'MISS', body: { tenant: 'globex', run: 2 } });
    expect(await get('/mine', 'acme')).toMatchObject({ cache: 'HIT', body: { tenant: 'acme', run: 1 } });
    expect(await get('/mine', 'globex')).toMatchObject({ cache: 'HIT', body: { tenant: 'globex', run: 2 } });
  });

  it('are given again to the same user, and never to the next one of the tenant', async () => {
    await serve();
    expect(await twice('/mine', 'acme', JANE)).toEqual(['MISS', 'HIT']);
    expect(await get('/mine', 'acme', JOE)).toMatchObject({ cache: 'MISS', body: { run: 2 } });
    expect(await get('/mine', 'acme')).toMatchObject({ cache: 'MISS', body: { run: 3 } });
    expect(await get('/mine', 'acme', JANE)).toMatchObject({ cache: 'HIT', body: { run: 1 } });
  });

  it('are told apart by the actor of the context, too', async () => {
    await serve();
    expect(await twice('/mine', 'acme', { 'x-api-key': 'known-1' })).toEqual(['MISS', 'HIT']);
    expect(await twice('/mine', 'acme', { 'x-api-key': 'known-2' })).toEqual(['MISS', 'HIT']);
  });

  it.each([{ cookie: 'session=1' }, { authorization: 'Basic xyz' }, { 'x-api-key': 'unknown' }])(
    'are not kept when nobody can tell whose credentials %o are',
    async (headers) => {
      await serve();
      await get('/mine', 'acme');
      expect(await twice('/mine', 'acme', headers)).toEqual([null, null]);
      expect(Runs.count).toBe(3);
    },
  );

  it('are shared within a tenant with @TenantWideCache(), and among all with @SharedTenantCache()', async () => {
    await serve();
    await get('/wide', 'acme', JANE);
    expect(await get('/wide', 'acme', JOE)).toMatchObject({ cache: 'HIT', body: { tenant: 'acme' } });
    expect(await get('/wide', 'globex', JOE)).toMatchObject({ cache: 'MISS', body: { tenant: 'globex' } });
    await get('/shared', 'acme', JANE);
    expect(await get('/shared', 'globex', JOE)).toMatchObject({ cache: 'HIT', body: { tenant: 'acme' } });
  });

  it('without a tenant are kept only where everybody shares them', async () => {
    await serve();
    expect(await twice('/bypassed', '')).toEqual([null, null]);
    expect(await twice('/bypassed-shared', '')).toEqual(['MISS', 'HIT']);
  });

  it('depend on the query, and not on the host', async () => {
    await serve();
    await get('/mine?page=1', 'acme');
    expect((await get('/mine?page=2', 'acme')).cache).toBe('MISS');
    expect((await get('/mine?page=1', 'acme', { 'x-forwarded-host': 'evil.example' })).cache).toBe('HIT');
  });

  it('to other methods than GET and HEAD are not kept, and those of the two not mixed up', async () => {
    await serve();
    expect((await ask('/mine', 'acme', {}, 'POST')).headers.get('x-cache')).toBeNull();
    expect((await ask('/mine', 'acme', {}, 'HEAD')).headers.get('x-cache')).toBe('MISS');
    expect((await ask('/mine', 'acme', {}, 'HEAD')).headers.get('x-cache')).toBe('HIT');
    expect((await get('/mine', 'acme')).cache).toBe('MISS');
  });

  it('are forgotten when one of their tags is invalidated, for that tenant', async () => {
    await serve();
    const cache = app.app.get(TenantCache);
    const outcomes = async (): Promise<(string | null)[]> =>
      Promise.all([
        get('/customers/1', 'acme').then((got) => got.cache),
        get('/customers/2', 'acme').then((got) => got.cache),
        get('/customers/1', 'globex').then((got) => got.cache),
      ]);
    await outcomes();
    expect(await outcomes()).toEqual(['HIT', 'HIT', 'HIT']);
    await cache.invalidateTags(['customer:1'], { tenantId: 'acme' });
    expect(await outcomes()).toEqual(['MISS', 'HIT', 'HIT']);
    await cache.invalidateTags(['customers'], { tenantId: 'acme' });
    expect(await outcomes()).toEqual(['MISS', 'MISS', 'HIT']);
    await cache.invalidateTags(['all'], { tenantId: 'globex' });
    expect(await outcomes()).toEqual(['HIT', 'HIT', 'MISS']);
    await cache.clearTenant('acme');
    expect(await outcomes()).toEqual(['MISS', 'MISS', 'HIT']);
    await get('/shared', 'acme');
    await cache.invalidateSharedTags(['all']);
    expect((await get('/shared', 'globex')).cache).toBe('MISS');
  });

  it('that were being worked out during an invalidation are not given after it', async () => {
    await serve();
    let finish: () => void = () => undefined;
    Runs.hold = new Promise((resolve) => (finish = resolve));
    const slow = get('/customers/1', 'acme');
    await vi.waitFor(() => expect(Runs.count).toBe(1));
    await app.app.get(TenantCache).invalidateTags(['customer:1'], { tenantId: 'acme' });
    finish();
    Runs.hold = undefined;
    expect(await slow).toMatchObject({ body: { run: 1 } });
    await delay(10);
    expect(await get('/customers/1', 'acme')).toMatchObject({ cache: 'MISS', body: { run: 2 } });
  });

  it('are kept as long as @CacheTTL() says', async () => {
    await serve();
    expect(await twice('/short', 'acme')).toEqual(['MISS', 'HIT']);
    await delay(60);
    expect((await get('/short', 'acme')).cache).toBe('MISS');
  });

  it('that can be read once, say anything but success, or are one event of many, are not kept', async () => {
    await serve();
    for (const [path, runs] of [
      ['/file', 2],
      ['/events', 4],
    ] as const) {
      Runs.count = 0;
      await (await ask(path, 'acme')).text();
      await (await ask(path, 'acme')).text();
      expect(Runs.count, path).toBe(runs);
    }
    expect(await get('/refused', 'acme')).toMatchObject({ status: 404, cache: 'MISS' });
    expect(await get('/refused', 'acme')).toMatchObject({ status: 404, cache: 'MISS' });
  });

  it('are not found again under another version of what their principal may see', async () => {
    let version: string | undefined = 'reader';
    await serve({ version: () => version });
    expect(await twice('/mine', 'acme', JANE)).toEqual(['MISS', 'HIT']);
    version = 'admin';
    expect(await twice('/mine', 'acme', JANE)).toEqual(['MISS', 'HIT']);
    version = undefined;
    expect(await twice('/mine', 'acme', JANE)).toEqual([null, null]);
  });

  it('belong to whom the option tells', async () => {
    await serve({ principal: async ({ headers }) => headers['x-device']?.toString() });
    expect(await twice('/mine', 'acme', { cookie: 'session=1', 'x-device': '1' })).toEqual(['MISS', 'HIT']);
    expect(await twice('/mine', 'acme', { cookie: 'session=1', 'x-device': '2' })).toEqual(['MISS', 'HIT']);
    expect(await twice('/mine', 'acme', { cookie: 'session=1' })).toEqual([null, null]);
  });

  it('are not kept when their tags or their principal cannot be told; the request is answered', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    await serve();
    expect(await get('/broken-tags', 'acme')).toMatchObject({ status: 200, cache: null });
    expect(warn).toHaveBeenCalledTimes(1);
    await app.close();
    const principal = (): never => {
      throw new Error('broken');
    };
    await serve({ principal });
    expect(await get('/mine', 'acme')).toMatchObject({ status: 200, cache: null });
  });

  it.each(['fails', 'hangs', 'loses writes'] as const)('are made anew while the store %s', async (mode) => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const store = new TestStore(null);
    await serve({ storeTimeoutMs: 30 }, store);
    expect(await twice('/mine', 'acme', JANE)).toEqual(['MISS', 'HIT']);
    store.mode = mode;
    if (mode === 'loses writes') store.values.clear();
    for (let run = 2; run < 5; run += 1) {
      expect(await get('/mine', 'acme', JANE)).toMatchObject({ status: 200, body: { run } });
    }
    expect(warn).toHaveBeenCalledTimes(mode === 'loses writes' ? 0 : 1);
    store.mode = 'works';
    await get('/mine', 'acme', JANE);
    expect((await get('/mine', 'acme', JANE)).cache).toBe('HIT');
  });

  it('of many tenants and users asking at once never mix', async () => {
    await serve({ principal: ({ headers }) => headers['x-device']?.toString() });
    const asks = Array.from({ length: 300 }, (_, index) => ({ tenant: `t-${index % 7}`, device: `d-${index % 5}` }));
    const answers = await Promise.all(asks.map(({ tenant, device }) => get('/mine', tenant, { 'x-device': device })));
    for (const [index, { body }] of answers.entries()) expect(body.tenant).toBe(asks[index]?.tenant);
    const owners = new Map<number, string>();
    for (const [index, { body }] of answers.entries()) {
      const owner = JSON.stringify(asks[index]);
      expect(owners.get(body.run) ?? owner).toBe(owner);
      owners.set(body.run, owner);
    }
  });
});
