import { Logger } from '@nestjs/common';
import { serveOn } from '@nestarc/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type TenancyModuleOptions, userProof } from '../../src';
import { probeApp } from './tenancy-app';

/** The warnings of an application that boots in an environment. */
async function warningsOf(options: TenancyModuleOptions, environment: string): Promise<string[]> {
  vi.stubEnv('NODE_ENV', environment);
  const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  const app = await serveOn('express', probeApp(options));
  await app.close();
  return warn.mock.calls
    .map(([message]) => String(message))
    .filter((message) => message.includes('choose their tenant'));
}

const byHeader: TenancyModuleOptions = { tenantExtractor: 'X-Tenant-Id' };

describe('an application without a proof', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  it('says once, in production, that requests choose their tenant', async () => {
    expect(await warningsOf(byHeader, 'production')).toHaveLength(1);
  });

  it('keeps quiet elsewhere', async () => {
    expect(await warningsOf(byHeader, 'development')).toEqual([]);
  });

  it.each([
    ['a proof', { ...byHeader, proof: userProof() }],
    ['a membership verifier', { ...byHeader, membership: { isMember: () => true } }],
    ['a cross-check that is required', { ...byHeader, crossCheck: { extractor: userProof(), required: true } }],
  ] satisfies [string, TenancyModuleOptions][])('keeps quiet with %s', async (_what, options) => {
    expect(await warningsOf(options, 'production')).toEqual([]);
  });

  it('does not take a cross-check for proof that may be left out, or only logs', async () => {
    const extractor = userProof();
    expect(await warningsOf({ ...byHeader, crossCheck: { extractor } }, 'production')).toHaveLength(1);
    vi.restoreAllMocks();
    const crossCheck = { extractor, required: true, onFailed: 'log' } as const;
    expect(await warningsOf({ ...byHeader, crossCheck }, 'production')).toHaveLength(1);
  });
});
