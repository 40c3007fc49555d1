import { EventEmitter2 } from '@nestjs/event-emitter';
import { PLATFORMS, serveOn } from '@nestarc/testing';
import { describe, expect, it } from 'vitest';
import { TenancyContext, TenancyEvents, type TenancyModuleOptions, TenantProofInvalidError } from '../../src';
import { ask, probeApp } from './tenancy-app';

/** What is announced while a request is answered: name and payload, without the summary of the request. */
async function announced(
  platform: (typeof PLATFORMS)[number],
  options: Partial<TenancyModuleOptions>,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ events: unknown[]; summaries: unknown[]; contexts: unknown[] }> {
  await using served = await serveOn(platform, probeApp({ tenantExtractor: 'X-Tenant-Id', ...options }));
  const events: unknown[] = [];
  const summaries: unknown[] = [];
  const contexts: unknown[] = [];
  served.app.get(EventEmitter2).onAny((event, { requestSummary, ...payload }: { requestSummary: unknown }) => {
    events.push([event, payload]);
    summaries.push(requestSummary);
    contexts.push(TenancyContext.getCurrentTenantId());
  });
  await ask(served.url, path, headers);
  return { events, summaries, contexts };
}

const refuseAll = {
  prove: (): never => {
    throw new TenantProofInvalidError();
  },
};
const other = { verified: true, extract: () => 'umbrella' };
const brokenExtractor = {
  extract: (): never => {
    throw new RangeError('no luck');
  },
};

describe.each(PLATFORMS)('on %s', (platform) => {
  it.each([
    ['a known tenant', {}, { 'x-tenant-id': 'ACME' }, [TenancyEvents.RESOLVED, { tenantId: 'acme' }]],
    ['no tenant', {}, {}, [TenancyEvents.NOT_FOUND, {}]],
    ['a malformed id', {}, { 'x-tenant-id': 'a b' }, [TenancyEvents.VALIDATION_FAILED, { tenantId: 'a b' }]],
    [
      'an extractor that fails',
      { tenantExtractor: brokenExtractor },
      {},
      [TenancyEvents.EXTRACTION_FAILED, { errorName: 'RangeError', errorMessage: 'no luck' }],
    ],
    [
      'bad evidence',
      { proof: refuseAll },
      { 'x-tenant-id': 'acme' },
      [TenancyEvents.VERIFICATION_FAILED, { tenantId: 'acme', code: 'TENANT_PROOF_INVALID' }],
    ],
    [
      'sources that disagree',
      { crossCheck: { extractor: other } },
      { 'x-tenant-id': 'acme' },
      [TenancyEvents.CROSS_CHECK_FAILED, { extractedTenantId: 'acme', crossCheckTenantId: 'umbrella' }],
    ],
  ] as const)('%s is announced once', async (_what, options, headers, expected) => {
    const { events } = await announced(platform, options, '/mine', headers);
    expect(events).toEqual([expected]);
  });

  it('a disagreement that only logs is announced ahead of the tenant', async () => {
    const crossCheck = { extractor: other, onFailed: 'log' } as const;
    const { events } = await announced(platform, { crossCheck }, '/mine', { 'x-tenant-id': 'acme' });
    expect(events).toEqual([
      [TenancyEvents.CROSS_CHECK_FAILED, { extractedTenantId: 'acme', crossCheckTenantId: 'umbrella' }],
      [TenancyEvents.RESOLVED, { tenantId: 'acme' }],
    ]);
  });

  it('a bypassed route announces that, and nothing about the header it was sent', async () => {
    const { events } = await announced(platform, {}, '/health', { 'x-tenant-id': 'a b' });
    expect(events).toEqual([[TenancyEvents.CONTEXT_BYPASSED, { reason: 'decorator' }]]);
  });

  it('an unknown URL announces nothing', async () => {
    expect((await announced(platform, {}, '/nowhere', { 'x-tenant-id': 'a b' })).events).toEqual([]);
  });

  it('a listener runs as the tenant, and is told of the request without its query', async () => {
    const headers = { 'x-tenant-id': 'acme', 'user-agent': 'probe' };
    const { summaries, contexts } = await announced(platform, {}, '/mine?token=secret', headers);
    expect(contexts).toEqual(['acme']);
    const [summary] = summaries as [Record<string, string>];
    expect(summary).toMatchObject({ method: 'GET', path: '/mine', userAgent: 'probe' });
    expect(summary['ip']).toContain('127.0.0.1');
    expect(summary['host']).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(JSON.stringify(summaries)).not.toContain('secret');
  });
});
