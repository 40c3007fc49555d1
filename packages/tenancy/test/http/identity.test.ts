import { APP_GUARD } from '@nestjs/core';
import { PLATFORMS, type ServedApp, serveOn } from '@nestarc/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  HeaderTenantExtractor,
  type TenancyModuleOptions,
  type TenancyRequest,
  type TenantEvidence,
  type TenantProof,
  TenantProofInvalidError,
} from '../../src';
import { ask, HeaderUserGuard, probeApp, reached } from './tenancy-app';

/** Evidence in a header, which only these tests take for some: `<tenant>`, `nobody` or `forged`. */
class HeaderProof implements TenantProof {
  constructor(private readonly name: string) {}

  prove({ headers }: TenancyRequest): TenantEvidence | undefined {
    const value = headers[this.name];
    if (typeof value !== 'string') return undefined;
    if (value === 'forged') throw new TenantProofInvalidError('forged');
    return { tenantId: value === 'nobody' ? undefined : value, actor: { id: 'u-1', type: 'user' } };
  }
}

const proof = new HeaderProof('x-proof');
const FORBIDDEN = { statusCode: 403, code: 'TENANT_FORBIDDEN', message: 'Access to this tenant is denied' };
const UNVERIFIED = { statusCode: 401, code: 'TENANT_UNVERIFIED', message: 'Authentication is required' };
const INVALID = { statusCode: 401, code: 'TENANT_PROOF_INVALID', message: 'The credentials are not valid' };

type Ask = (headers: Record<string, string>, path?: string) => ReturnType<typeof ask>;

describe.each(PLATFORMS)('on %s', (platform) => {
  beforeEach(() => {
    reached.count = 0;
  });

  /** Serves for one test, and leaves nothing behind. */
  const serving =
    (options: TenancyModuleOptions, work: (request: Ask, app: ServedApp) => Promise<void>, metadata = {}) =>
    async (): Promise<void> => {
      await using app = await serveOn(platform, probeApp(options, metadata));
      await work((headers, path = '/mine') => ask(app.url, path, headers), app);
    };

  describe('a proof', () => {
    it(
      'lets the tenant in that it vouches for, however it is spelled',
      serving({ tenantExtractor: 'X-Tenant-Id', proof }, async (request) => {
        const answer = await request({ 'x-tenant-id': 'ACME', 'x-proof': 'Acme' });
        expect(answer).toMatchObject({ status: 200, body: { tenantId: 'acme' } });
      }),
    );

    it(
      'for another tenant keeps the request out, before the handler',
      serving({ tenantExtractor: 'X-Tenant-Id', proof }, async (request) => {
        expect(await request({ 'x-tenant-id': 'acme', 'x-proof': 'umbrella' })).toMatchObject({
          status: 403,
          body: FORBIDDEN,
        });
        expect(reached.count).toBe(0);
      }),
    );

    it(
      'that is missing is asked for',
      serving({ tenantExtractor: 'X-Tenant-Id', proof }, async (request) => {
        for (const headers of [{ 'x-tenant-id': 'acme' }, {}]) {
          const answer = await request(headers);
          expect(answer).toMatchObject({ status: 401, body: UNVERIFIED });
          expect(answer.headers.get('www-authenticate')).toBe('Bearer');
        }
        expect(reached.count).toBe(0);
      }),
    );

    it(
      'that vouches for somebody, but for no tenant, is not enough',
      serving({ tenantExtractor: 'X-Tenant-Id', proof }, async (request) => {
        expect(await request({ 'x-tenant-id': 'acme', 'x-proof': 'nobody' })).toMatchObject({ body: FORBIDDEN });
        expect(await request({ 'x-proof': 'nobody' })).toMatchObject({ body: { code: 'TENANT_REQUIRED' } });
      }),
    );

    it(
      'names the tenant where the request need not',
      serving({ proof }, async (request) => {
        expect(await request({ 'x-proof': 'ACME' })).toMatchObject({ status: 200, body: { tenantId: 'acme' } });
        expect(await request({ 'x-proof': 'not an id!' })).toMatchObject({ status: 400 });
        expect(await request({ 'x-proof': 'forged' })).toMatchObject({ body: INVALID });
        expect(await request({})).toMatchObject({ body: UNVERIFIED });
      }),
    );

    it(
      'that is bad is not made good by the next one',
      serving({ tenantExtractor: 'X-Tenant-Id', proof: [proof, new HeaderProof('x-other')] }, async (request) => {
        const claim = { 'x-tenant-id': 'acme' };
        expect(await request({ ...claim, 'x-other': 'acme' })).toMatchObject({ status: 200 });
        expect(await request({ ...claim, 'x-other': 'acme', 'x-proof': 'forged' })).toMatchObject({ body: INVALID });
        expect(await request({ ...claim, 'x-other': 'acme', 'x-proof': 'umbrella' })).toMatchObject({
          body: FORBIDDEN,
        });
      }),
    );

    it(
      'is not asked for by routes without a tenant, and asked for by those with an optional one',
      serving({ tenantExtractor: 'X-Tenant-Id', proof }, async (request) => {
        const forged = { 'x-tenant-id': 'not an id!', 'x-proof': 'forged' };
        expect(await request(forged, '/health')).toMatchObject({ status: 200, body: { tenantId: null } });
        expect(await request(forged, '/nowhere')).toMatchObject({ status: 404 });
        expect(await request({}, '/optional')).toMatchObject({ status: 200, body: { tenantId: null } });
        expect(await request({ 'x-tenant-id': 'acme' }, '/optional')).toMatchObject({ body: UNVERIFIED });
        const proven = { 'x-tenant-id': 'acme', 'x-proof': 'acme' };
        expect(await request(proven, '/optional')).toMatchObject({ status: 200, body: { tenantId: 'acme' } });
      }),
    );
  });

  describe('a proof that says null', () => {
    const says = (value: unknown): TenantProof => ({ prove: () => value as TenantEvidence });

    it(
      'has found nothing: the next is asked',
      serving({ tenantExtractor: 'X-Tenant-Id', proof: [says(null), proof] }, async (request) => {
        expect(await request({ 'x-tenant-id': 'acme', 'x-proof': 'acme' })).toMatchObject({ status: 200 });
        expect(await request({ 'x-tenant-id': 'acme' })).toMatchObject({ body: UNVERIFIED });
      }),
    );

    it(
      'is not made good by a member whom another guard knows',
      serving(
        { tenantExtractor: 'X-Tenant-Id', proof: says(null), membership: { isMember: () => true } },
        async (request) => {
          expect(await request({ 'x-tenant-id': 'acme', 'x-user': '{"id":1}' })).toMatchObject({ body: UNVERIFIED });
        },
        { providers: [{ provide: APP_GUARD, useClass: HeaderUserGuard }] },
      ),
    );
  });

  describe('a cross-check', () => {
    const extractor = {
      verified: true,
      extract: ({ user }: TenancyRequest) => (user as { org?: string })?.org ?? null,
    };
    const providers = [{ provide: APP_GUARD, useClass: HeaderUserGuard }];
    const user = (org?: string): Record<string, string> => ({
      'x-tenant-id': 'acme',
      'x-user': JSON.stringify({ org }),
    });

    it(
      'refuses a tenant that the verified source does not name',
      serving(
        { tenantExtractor: 'X-Tenant-Id', crossCheck: { extractor } },
        async (request) => {
          expect(await request(user('ACME'))).toMatchObject({ status: 200 });
          expect(await request(user('umbrella'))).toMatchObject({ body: FORBIDDEN });
          expect(await request(user())).toMatchObject({ status: 200 });
        },
        { providers },
      ),
    );

    it(
      'that is required refuses requests whose verified source names none',
      serving(
        { tenantExtractor: 'X-Tenant-Id', crossCheck: { extractor, required: true } },
        async (request) => expect(await request(user())).toMatchObject({ status: 401 }),
        { providers },
      ),
    );

    it(
      'that only logs lets the request pass as its first source says',
      serving(
        { tenantExtractor: 'X-Tenant-Id', crossCheck: { extractor, onFailed: 'log' } },
        async (request) => expect(await request(user('umbrella'))).toMatchObject({ body: { tenantId: 'acme' } }),
        { providers },
      ),
    );

    it('does not take the word of a source that was not verified', async () => {
      const options = {
        tenantExtractor: 'X-Tenant-Id',
        crossCheck: { extractor: new HeaderTenantExtractor('x-other') },
      };
      await expect(serveOn(platform, probeApp(options))).rejects.toThrow('crossCheck.extractor');
    });
  });
});
