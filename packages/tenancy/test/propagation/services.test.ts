import { currentContext } from '@nestarc/core';
import { PLATFORMS, type ServedApp, serveOn } from '@nestarc/testing';
import { Controller, Get, Module } from '@nestjs/common';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { BypassTenancy, CurrentTenant, TenancyContext, TenancyModule } from '../../src';
import { envelopeProof } from '../../src/propagation/envelope.proof';
import { HttpTenantPropagator } from '../../src/propagation/http-tenant.propagator';
import { propagateTenantHeaders } from '../../src/propagation/propagate-tenant-headers';
import { envelopeWith, OTHER_KEY, runAs } from './propagation-fixture';

const envelope = envelopeWith({ audience: 'billing' });
const handled: unknown[] = [];

/** The service that is called: it believes envelopes, and nothing else. */
@Controller()
class BillingController {
  @Get('whoami')
  whoami(@CurrentTenant() tenantId: string): unknown {
    handled.push(tenantId);
    return { tenantId, actor: currentContext()?.actor };
  }

  @BypassTenancy()
  @Get('health')
  health(): unknown {
    return { status: 'ok' };
  }
}

@Module({ imports: [TenancyModule.forRoot({ proof: envelopeProof(envelope) })], controllers: [BillingController] })
class BillingModule {}

let billing: ServedApp;

/** The service that calls it for its own users. */
@Controller()
class ShopController {
  readonly #propagator = new HttpTenantPropagator(new TenancyContext(), { envelope });

  @Get('via')
  async via(): Promise<unknown> {
    return (await fetch(`${billing.url}/whoami`, { headers: this.#propagator.getHeaders() })).json();
  }

  @Get('unsigned')
  async unsigned(): Promise<unknown> {
    return { status: (await fetch(`${billing.url}/whoami`, { headers: propagateTenantHeaders() })).status };
  }
}

@Module({ imports: [TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id' })], controllers: [ShopController] })
class ShopModule {}

describe.each(PLATFORMS)('a service that is called by another one, on %s', (platform) => {
  let shop: ServedApp;

  beforeAll(async () => {
    billing = await serveOn(platform, BillingModule);
    shop = await serveOn(platform, ShopModule);
  });
  afterEach(() => {
    vi.useRealTimers();
    handled.length = 0;
  });
  afterAll(async () => {
    await shop.close();
    await billing.close();
  });

  const whoami = (header: string): Promise<Response> =>
    fetch(`${billing.url}/whoami`, { headers: { 'x-tenant-id': header } });

  const seal = (purpose = 'http'): string => runAs('acme', () => envelope.seal({ tenantId: 'acme' }, purpose));

  it('works for the tenant of its caller, and for that of each of 100 calls at once', async () => {
    const tenants = Array.from({ length: 100 }, (_, index) => `tenant-${index}`);
    const answers = await Promise.all(
      tenants.map(async (tenant) => (await fetch(`${shop.url}/via`, { headers: { 'x-tenant-id': tenant } })).json()),
    );
    expect(answers).toEqual(tenants.map((tenantId) => expect.objectContaining({ tenantId }) as unknown));
  });

  it('knows who acts', async () => {
    const sealed = envelope.seal({ tenantId: 'acme', actor: { type: 'user', id: 'u-1' } }, 'http');
    expect(await (await whoami(sealed)).json()).toEqual({ tenantId: 'acme', actor: { type: 'user', id: 'u-1' } });
  });

  it('refuses an id that is not signed', async () => {
    const via = await fetch(`${shop.url}/unsigned`, { headers: { 'x-tenant-id': 'acme' } });
    expect(await via.json()).toEqual({ status: 401 });
    expect((await whoami('acme')).status).toBe(401);
    expect(handled).toEqual([]);
  });

  it.each<[string, () => string]>([
    ['forged', () => `${seal().slice(0, -5)}AAAAA`],
    [
      'signed with another key',
      () => envelopeWith({ audience: 'billing', keys: [OTHER_KEY] }).seal({ tenantId: 'acme' }, 'http'),
    ],
    ['for another audience', () => envelopeWith({ audience: 'search' }).seal({ tenantId: 'acme' }, 'http')],
    ['taken from a topic', () => seal('kafka')],
    ['of another version', () => seal().replace('v1', 'v2')],
    ['of 8000 characters', () => 'v1.k1.'.padEnd(8_000, 'A')],
  ])('answers 401 to an envelope that is %s, and does not run', async (_, header) => {
    const response = await whoami(header());
    expect([response.status, await response.text()]).toEqual([401, expect.not.stringContaining('acme')]);
    expect(handled).toEqual([]);
  });

  it('answers 401 to an envelope that is too old, and does not run', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const sealed = seal();
    vi.setSystemTime(Date.now() + 5 * 60_000 + 5_001);
    expect((await whoami(sealed)).status).toBe(401);
    expect(handled).toEqual([]);
  });

  it('answers 400 to an envelope that was sent twice, and does not run', async () => {
    const sealed = seal();
    const { hostname, port } = new URL(billing.url);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write(
          `GET /whoami HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Tenant-Id: ${sealed}\r\nx-tenant-id: ${sealed}\r\n\r\n`,
        );
      });
      let text = '';
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
      socket.on('close', () => resolve(text)).on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(handled).toEqual([]);
  });

  it('answers health checks whatever the header holds', async () => {
    const response = await fetch(`${billing.url}/health`, { headers: { 'x-tenant-id': 'v1.forged' } });
    expect(response.status).toBe(200);
  });
});
