import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidOptionsError } from '@nestarc/core';
import { describe, expect, it } from 'vitest';
import { type ForEachTenantOptions, TenancyContext, type TenancyService } from '../../src';
import { tenancyService } from '../fixture/isolation-fixture';

const service: TenancyService = tenancyService();
const tenants = (count: number): string[] => Array.from({ length: count }, (_, index) => `tenant-${index}`);

/** Runs over tenants whose work takes a moment, and counts how many are under way at once. */
async function run(
  list: Parameters<TenancyService['forEachTenant']>[0],
  options: ForEachTenantOptions = {},
  work: (tenantId: string) => unknown = () => undefined,
): Promise<{ report: Awaited<ReturnType<TenancyService['forEachTenant']>>; atOnce: number; started: string[] }> {
  let under = 0;
  let atOnce = 0;
  const started: string[] = [];
  const report = await service.forEachTenant(
    list,
    async (tenantId) => {
      started.push(tenantId);
      atOnce = Math.max(atOnce, ++under);
      await sleep(2);
      try {
        return await work(tenantId);
      } finally {
        under -= 1;
      }
    },
    options,
  );
  return { report, atOnce, started };
}

describe('forEachTenant', () => {
  it('runs once for each, in the tenant’s own context', async () => {
    const { report } = await run(tenants(9), {}, () => TenancyContext.getCurrentTenantId());
    expect(report).toMatchObject({ failed: [], complete: true });
    expect(report.succeeded).toHaveLength(9);
    for (const { tenantId, value } of report.succeeded) expect(value).toBe(tenantId);
  });

  it.each([1, 3, 8])('works for %i at once, and not for more', async (concurrency) => {
    expect((await run(tenants(20), { concurrency })).atOnce).toBe(concurrency);
  });

  it('lets the others finish when one fails, and names it', async () => {
    const error = new Error('no');
    const { report } = await run(tenants(5), {}, (tenantId) => {
      if (tenantId === 'tenant-2') throw error;
    });
    expect(report.failed).toEqual([{ tenantId: 'tenant-2', error }]);
    expect(report).toMatchObject({ complete: true });
    expect(report.succeeded).toHaveLength(4);
  });

  it('reports an id that is none as a failure, and goes on', async () => {
    const { report } = await run(['acme', 'not an id!', 'umbrella']);
    expect(report.failed).toMatchObject([{ tenantId: 'not an id!', error: { code: 'TENANT_ID_INVALID' } }]);
    expect(report.succeeded).toHaveLength(2);
  });

  it('starts no more after a failure when it is told so', async () => {
    const work = (): never => {
      throw new Error('no');
    };
    const { report, started } = await run(tenants(50), { concurrency: 1, stopOnFailure: true }, work);
    expect(started).toEqual(['tenant-0']);
    expect(report.complete).toBe(false);
  });

  it('starts no more once it is aborted, and those that run come to their end', async () => {
    const controller = new AbortController();
    const onProgress = (): void => controller.abort();
    const { report, started } = await run(tenants(50), { concurrency: 4, signal: controller.signal, onProgress });
    expect(started.length).toBeLessThanOrEqual(8);
    expect(report.succeeded).toHaveLength(started.length);
    expect(report.complete).toBe(false);
  });

  it('tells how far it has come', async () => {
    const seen: unknown[] = [];
    const work = (tenantId: string): void => {
      if (tenantId === 'tenant-1') throw new Error('no');
    };
    await run(tenants(3), { concurrency: 1, onProgress: (progress) => seen.push(progress) }, work);
    expect(seen).toEqual([
      { tenantId: 'tenant-0', succeeded: true, settled: 1 },
      { tenantId: 'tenant-1', succeeded: false, settled: 2 },
      { tenantId: 'tenant-2', succeeded: true, settled: 3 },
    ]);
  });

  it('takes tenants as they come, and no sooner than it needs them', async () => {
    let pulled = 0;
    async function* source(): AsyncGenerator<string> {
      for (const tenantId of tenants(30)) {
        pulled += 1;
        await sleep(0);
        yield tenantId;
      }
    }
    let ahead = 0;
    const { started } = await run(source(), {
      concurrency: 2,
      onProgress: ({ settled }) => (ahead = Math.max(ahead, pulled - settled)),
    });
    expect(started).toHaveLength(30);
    expect(ahead).toBeLessThanOrEqual(3);
  });

  it('fails when the list of tenants does, once what was started has come to its end', async () => {
    const finished: string[] = [];
    function* source(): Generator<string> {
      yield 'acme';
      throw new Error('the list is broken');
    }
    const work = async (tenantId: string): Promise<void> => {
      await sleep(10);
      finished.push(tenantId);
    };
    await expect(service.forEachTenant(source(), work)).rejects.toThrow('the list is broken');
    expect(finished).toEqual(['acme']);
  });

  it('leaves the tenant of the caller as it is', async () => {
    await service.runAs('outer', async () => {
      await run(tenants(3));
      expect(service.getCurrentTenant()).toBe('outer');
    });
  });

  it.each([{ concurrency: 0 }, { concurrency: 1.5 }, { concurency: 4 }])('refuses %j', async (options) => {
    const work = service.forEachTenant([], () => undefined, options);
    await expect(work).rejects.toBeInstanceOf(InvalidOptionsError);
  });
});
