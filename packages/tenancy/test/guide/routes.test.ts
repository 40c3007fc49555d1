import { Injectable, Module } from '@nestjs/common';
import { EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { PLATFORMS, type ServedApp, serveOn } from '@nestarc/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIRECT_POOL } from '../fixture/database-path';
import { A, B, IsolationFixture } from '../fixture/isolation-fixture';
import { Database as PrismaService, DATABASE_URL } from '../http-fixture';
import { ask } from '../http/tenancy-app';
import { serveTenant } from './guide-app';
// #region routes
import { Controller, Get } from '@nestjs/common';
import { BypassTenancy, CurrentTenant, TenantOptional } from '@nestarc/tenancy';

@Controller('shop')
export class ShopController {
  constructor(private readonly prisma: PrismaService) {}

  /** Needs a tenant, as every route does that says nothing. */
  @Get('customers')
  async customers() {
    return { visible: await this.prisma.client.customer.count() };
  }

  /** Takes a tenant or none; one that is named is verified as everywhere. */
  @TenantOptional()
  @Get('welcome')
  async welcome(@CurrentTenant() tenantId: string | null) {
    return { tenantId, countries: tenantId === null ? 0 : await this.prisma.client.country.count() };
  }

  /** Never has one, whatever the request names: row-level security shows it no tenant's rows. */
  @BypassTenancy()
  @Get('health')
  async health(@CurrentTenant() tenantId: string | null) {
    return { tenantId, visible: await this.prisma.client.customer.count() };
  }
}
// #endregion routes
// #region hooks
import { ForbiddenException } from '@nestjs/common';
import { TenancyModule } from '@nestarc/tenancy';

export const withHooks = (suspended: ReadonlySet<string>) =>
  TenancyModule.forRoot({
    tenantExtractor: 'X-Tenant-Id',
    timeoutMs: 2_000,
    onTenantResolved(tenantId) {
      if (suspended.has(tenantId)) throw new ForbiddenException('This account is suspended');
    },
    onTenantNotFound: () => ({ status: 404, code: 'SITE_UNKNOWN', message: 'There is no such site' }),
  });
// #endregion hooks
// #region redirect
import type { TenancyResponse, TenantNotFoundHook } from '@nestarc/tenancy';

interface Answering extends TenancyResponse {
  status(code: number): this;
  header(name: string, value: string): this;
  send(): unknown;
}

/** Answers by itself, with the platform's own response. */
export const toSignUp: TenantNotFoundHook = (_request, response) => {
  (response as Answering).status(302).header('location', '/sign-up').send();
  return 'handled';
};
// #endregion redirect
// #region events
import { TenancyEvents, type TenantVerificationFailedEvent } from '@nestarc/tenancy';

@Injectable()
export class BreakInAlarm {
  readonly attempts: string[] = [];

  @OnEvent(TenancyEvents.VERIFICATION_FAILED)
  @OnEvent(TenancyEvents.CROSS_CHECK_FAILED)
  note({ code = 'TENANT_FORBIDDEN', requestSummary }: Partial<TenantVerificationFailedEvent>): void {
    this.attempts.push(`${code} from ${requestSummary?.ip}`);
  }
}
// #endregion events

describe.each(PLATFORMS)('the routes of the guide on %s', (platform) => {
  let fixture: IsolationFixture;
  let app: ServedApp;
  beforeAll(async () => {
    fixture = await IsolationFixture.create(DIRECT_POOL);
    await fixture.seed();
    @Module({
      imports: [TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id' })],
      controllers: [ShopController],
      providers: [PrismaService, { provide: DATABASE_URL, useValue: fixture.database.appUrl }],
    })
    class ShopModule {}
    app = await serveOn(platform, ShopModule);
  });
  afterAll(async () => {
    await app.close();
    await fixture.close();
  });

  it('need a tenant, take one, or have none', async () => {
    const as = (tenantId: string, route: string): ReturnType<typeof ask> =>
      ask(app.url, `/shop/${route}`, { 'x-tenant-id': tenantId });
    expect((await as(A, 'customers')).body).toEqual({ visible: 2 });
    expect((await as(B, 'customers')).body).toEqual({ visible: 1 });
    expect(await ask(app.url, '/shop/customers')).toMatchObject({ status: 403, body: { code: 'TENANT_REQUIRED' } });
    expect((await as(A, 'welcome')).body).toEqual({ tenantId: A, countries: 2 });
    expect((await ask(app.url, '/shop/welcome')).body).toEqual({ tenantId: null, countries: 0 });
    expect(await as('no id!', 'welcome')).toMatchObject({ status: 400 });
    for (const header of [A, 'no id!']) {
      expect(await as(header, 'health')).toMatchObject({ status: 200, body: { tenantId: null, visible: 0 } });
    }
    expect(await as('no id!', 'nowhere')).toMatchObject({ status: 404 });
  });
});

describe.each(PLATFORMS)('the hooks of the guide on %s', (platform) => {
  it('keep tenants out, and say what an unknown site is answered with', async () => {
    await using app = await serveTenant(platform, withHooks(new Set(['umbrella'])));
    const tenant = (headers: Record<string, string>): ReturnType<typeof ask> => ask(app.url, '/tenant', headers);
    expect(await tenant({ 'x-tenant-id': 'acme' })).toMatchObject({ status: 200 });
    expect(await tenant({ 'x-tenant-id': 'umbrella' })).toMatchObject({
      status: 403,
      body: { message: 'This account is suspended' },
    });
    expect(await tenant({})).toMatchObject({
      status: 404,
      body: { statusCode: 404, code: 'SITE_UNKNOWN', message: 'There is no such site' },
    });
  });

  it('answer by themselves', async () => {
    const options = { tenantExtractor: 'X-Tenant-Id', onTenantNotFound: toSignUp };
    await using app = await serveTenant(platform, TenancyModule.forRoot(options));
    const response = await fetch(`${app.url}/tenant`, { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([302, '/sign-up']);
  });
});

describe.each(PLATFORMS)('the events of the guide on %s', (platform) => {
  it('tell of attempts to be somebody else', async () => {
    const proof = { needs: 'request', prove: () => ({ tenantId: 'acme' }) } as const;
    @Module({
      imports: [EventEmitterModule.forRoot(), TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id', proof })],
      providers: [BreakInAlarm],
    })
    class AlarmModule {}
    await using served = await serveTenant(platform, AlarmModule);
    expect(await ask(served.url, '/tenant', { 'x-tenant-id': 'acme' })).toMatchObject({ status: 200 });
    expect(await ask(served.url, '/tenant', { 'x-tenant-id': 'umbrella' })).toMatchObject({ status: 403 });
    const { attempts } = served.app.get(BreakInAlarm, { strict: false });
    expect(attempts).toEqual([expect.stringMatching(/^TENANT_FORBIDDEN from .*127\.0\.0\.1$/)]);
  });
});
