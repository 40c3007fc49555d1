import { InvalidOptionsError } from '@nestarc/core';
import { Controller, Get, Module } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { EventEmitter2, EventEmitterModule } from '@nestjs/event-emitter';
import type { RpcException } from '@nestjs/microservices';
import { PLATFORMS } from '@nestarc/testing';
import { SignJWT } from 'jose';
import { defer, lastValueFrom, of } from 'rxjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DIRECT_POOL } from '../fixture/database-path';
import { A, B, b1, IsolationFixture } from '../fixture/isolation-fixture';
import type { PrismaClient } from '../fixture/generated/client';
import { ask } from '../http/tenancy-app';
import { serveTenant, tenantOf } from './guide-app';
import {
  BullTenantPropagator,
  BypassTenancy,
  createTenantEnvelope,
  CurrentTenant,
  JwtClaimTenantExtractor,
  SubdomainTenantExtractor,
  TenancyContext,
  TenancyModule,
  TenancyService,
  tenancyTransaction,
  TenantContextInterceptor,
  TenantOptional,
} from '@nestarc/tenancy';
import { jwtProof } from '@nestarc/tenancy/jwt';

// #region ids-before
// UUIDs only, in any case, and each spelling a tenant of its own.
export const idsBefore = () => TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id' });
// #endregion ids-before
// #region ids-after
export const idsAfter = () => TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id', tenantIdFormat: 'uuid' });
// #endregion ids-after

// #region host-before
export const hostBefore = () => new SubdomainTenantExtractor({ excludeSubdomains: ['www', 'api'] });
// #endregion host-before
// #region host-after
export const hostAfter = () =>
  new SubdomainTenantExtractor({ baseDomains: ['app.example.com'], excludeSubdomains: ['www', 'api'] });
// #endregion host-after

// #region proof-before
export const proofBefore = () =>
  TenancyModule.forRoot({
    tenantExtractor: 'X-Tenant-Id',
    crossCheck: { extractor: new JwtClaimTenantExtractor({ claimKey: 'tenant_id' }), required: true },
  });
// #endregion proof-before
// #region proof-after
export const proofAfter = () =>
  TenancyModule.forRoot({
    tenantExtractor: 'X-Tenant-Id',
    proof: jwtProof({
      secret: process.env['JWT_SECRET'],
      issuer: 'https://id.example.com/',
      audience: 'https://api.example.com',
    }),
  });
// #endregion proof-after

@Controller()
class Routes {
  // #region optional-before
  @BypassTenancy()
  @Get('before')
  before(@CurrentTenant() tenantId: string | null) {
    return { tenantId };
  }
  // #endregion optional-before

  // #region optional-after
  @TenantOptional()
  @Get('after')
  after(@CurrentTenant() tenantId: string | null) {
    return { tenantId };
  }
  // #endregion optional-after
}

const emails = ['x@new.example', 'y@new.example'];
// #region transaction-before
export const addBefore = (rawClient: PrismaClient, tenancyService: TenancyService) =>
  tenancyTransaction(rawClient, tenancyService, async (tx) => {
    for (const email of emails) await tx.customer.create({ data: { email } });
  });
// #endregion transaction-before
// #region transaction-after
export const addAfter = (prisma: PrismaClient) =>
  prisma.$transaction(async (tx) => {
    for (const email of emails) await tx.customer.create({ data: { email } });
  });
// #endregion transaction-after

// #region messages-before
export const messagesBefore = () => new TenantContextInterceptor(new TenancyContext(), { transport: 'bull' });
// #endregion messages-before
// #region messages-after
const envelope = createTenantEnvelope({
  keys: [
    { id: '2026-11', secret: process.env['TENANT_ENVELOPE_SECRET'] ?? 'at least 32 bytes, shared by the services' },
  ],
});

/** Both ends: what is not signed is refused. */
export const jobs = new BullTenantPropagator(new TenancyContext(), { envelope });
export const messagesAfter = () => new TenantContextInterceptor(new TenancyContext(), { transport: 'bull', envelope });
// #endregion messages-after

const SECRET = 'at least thirty-two bytes, kept in a secret store';
const bearer = async (tenantId: string): Promise<Record<string, string>> => {
  const token = new SignJWT({ tenant_id: tenantId }).setProtectedHeader({ alg: 'HS256' }).setSubject('alice');
  token.setIssuer('https://id.example.com/').setAudience('https://api.example.com').setExpirationTime('5m');
  return { 'x-tenant-id': tenantId, authorization: `Bearer ${await token.sign(Buffer.from(SECRET))}` };
};

describe.each(PLATFORMS)('what changes for requests, on %s', (platform) => {
  const upper = { 'x-tenant-id': A.toUpperCase() };

  it('which texts are ids', async () => {
    await using before = await serveTenant(platform, idsBefore());
    expect([await tenantOf(before, upper), await tenantOf(before, { 'x-tenant-id': 'acme' })]).toEqual([A, 'acme']);
    await using after = await serveTenant(platform, idsAfter());
    expect(await tenantOf(after, upper)).toBe(A);
    expect(await tenantOf(after, { 'x-tenant-id': 'acme' })).toBe('400 TENANT_ID_INVALID');
  });

  it('which hosts are served', async () => {
    expect(hostBefore).toThrow(InvalidOptionsError);
    expect(hostBefore).toThrow('baseDomains');
    await using after = await serveTenant(platform, TenancyModule.forRoot({ tenantExtractor: hostAfter() }));
    expect(await tenantOf(after, { host: 'acme.app.example.com' })).toBe('acme');
    expect(await tenantOf(after, { host: 'acme.attacker.example' })).toBe('404 TENANT_HOST_UNKNOWN');
  });

  it('what proves a tenant', async () => {
    await expect(serveTenant(platform, proofBefore())).rejects.toThrow('crossCheck.extractor');
    process.env['JWT_SECRET'] = SECRET;
    await using after = await serveTenant(platform, proofAfter());
    const headers = await bearer('acme');
    expect(await tenantOf(after, headers)).toBe('acme');
    expect(await tenantOf(after, { ...headers, 'x-tenant-id': 'umbrella' })).toBe('403 TENANT_FORBIDDEN');
    const [head, body] = headers['authorization']?.split('.') ?? [];
    const unsigned = { ...headers, authorization: `${head}.${body}.x` };
    expect(await tenantOf(after, unsigned)).toBe('401 TENANT_PROOF_INVALID');
    delete process.env['JWT_SECRET'];
  });

  it('what a bypassed route knows, what is answered, and what is announced', async () => {
    @Module({
      imports: [EventEmitterModule.forRoot(), TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id' })],
      controllers: [Routes],
    })
    class RoutesModule {}
    await using app = await serveTenant(platform, RoutesModule);
    const headers = { 'x-tenant-id': 'acme' };
    expect((await ask(app.url, '/before', headers)).body).toEqual({ tenantId: null });
    expect((await ask(app.url, '/after', headers)).body).toEqual({ tenantId: 'acme' });
    expect((await ask(app.url, '/after')).body).toEqual({ tenantId: null });
    const events: unknown[] = [];
    app.app.get(EventEmitter2).onAny((event) => events.push(event));
    // A health check with a malformed header, and a URL that does not exist, say nothing about tenants any more.
    expect(await ask(app.url, '/before', { 'x-tenant-id': 'no id!' })).toMatchObject({ status: 200 });
    expect(await ask(app.url, '/nowhere', { 'x-tenant-id': 'no id!' })).toMatchObject({ status: 404 });
    expect(events).toEqual(['tenant.context_bypassed']);
    expect(await ask(app.url, '/tenant')).toMatchObject({
      status: 403,
      body: { statusCode: 403, code: 'TENANT_REQUIRED', message: 'Tenant ID is required' },
    });
    expect((await ask(app.url, '/tenant', { 'x-tenant-id': 'no id!' })).body).toEqual({
      statusCode: 400,
      code: 'TENANT_ID_INVALID',
      message: 'Invalid tenant ID format',
    });
  });
});

describe('what changes for the database', () => {
  let fixture: IsolationFixture;
  let prisma: PrismaClient;
  beforeAll(async () => {
    fixture = await IsolationFixture.create(DIRECT_POOL, { autoInjectTenantId: true, sharedModels: ['Country'] });
    ({ prisma } = fixture);
  });
  beforeEach(() => fixture.seed());
  afterAll(() => fixture.close());

  it.each([
    ['tenancyTransaction', () => addBefore(prisma, fixture.tenancy)],
    ['$transaction', () => addAfter(prisma)],
  ])('%s writes all or nothing, with the client that has the extension', async (_name, add) => {
    await fixture.as(A, add);
    expect(await fixture.as(A, () => prisma.customer.count())).toBe(4);
    await expect(fixture.as(A, add)).rejects.toMatchObject({ code: 'P2002' });
    expect(await fixture.as(A, () => prisma.customer.count())).toBe(4);
    expect(await fixture.as(B, () => prisma.customer.count())).toBe(1);
  });

  it('another tenant’s id in the data is an error, and is not replaced', async () => {
    const create = (): unknown => prisma.customer.create({ data: { email: 'z@new.example', tenantId: B } });
    await expect(fixture.as(A, create)).rejects.toMatchObject({ code: 'CROSS_TENANT_WRITE', status: 403 });
    const move = (): unknown => prisma.customer.updateMany({ data: { tenantId: B } });
    await expect(fixture.as(A, move)).rejects.toMatchObject({ code: 'CROSS_TENANT_WRITE' });
  });

  it('a query of a shared model carries the tenant, and shows what hangs on it', async () => {
    const countries = await fixture.as(A, () => prisma.country.findMany({ include: { invoices: true } }));
    const owners = countries.flatMap(({ invoices }) => invoices.map(({ tenantId }) => tenantId));
    expect(owners.length).toBeGreaterThan(0);
    expect(new Set(owners)).toEqual(new Set([A]));
    expect(await prisma.country.count()).toBe(2);
  });

  it('raw SQL is scoped, and refused without a tenant', async () => {
    const count = (): Promise<unknown> => prisma.$queryRaw`SELECT count(*)::int AS n FROM customers`;
    expect(await fixture.as(A, count)).toEqual([{ n: 2 }]);
    await expect(count()).rejects.toMatchObject({ code: 'TENANT_CONTEXT_REQUIRED' });
  });

  it('a promise that is returned without await belongs to the tenant it was made for', async () => {
    const rows = await fixture.as(A, () => fixture.as(B, () => prisma.customer.findMany()));
    expect(rows.map(({ id }) => id)).toEqual([b1]);
  });
});

describe('what changes for messages', () => {
  it('without a tenant, or with an unsigned one, no handler runs', async () => {
    const context = new TenancyContext();
    const outcome = (interceptor: TenantContextInterceptor, data: object): Promise<unknown> => {
      const execution = new ExecutionContextHost([data, {}], Routes, Routes.prototype.before);
      execution.setType('rpc');
      const handled = interceptor.intercept(execution, { handle: () => defer(() => of(context.getTenantId())) });
      return lastValueFrom(handled).catch((error: RpcException) => error.getError());
    };
    const signed = context.run('acme', () => jobs.inject({ orderId: 7 }));
    expect(await outcome(messagesBefore(), { orderId: 7, __tenantId: 'acme' })).toBe('acme');
    expect(await outcome(messagesBefore(), { orderId: 7 })).toMatchObject({ code: 'TENANT_REQUIRED' });
    expect(await outcome(messagesBefore(), { __tenantId: 'a\nb' })).toMatchObject({ code: 'TENANT_ID_INVALID' });
    expect(await outcome(messagesAfter(), signed)).toBe('acme');
    expect(await outcome(messagesAfter(), { __tenantId: 'acme' })).toMatchObject({ code: 'TENANT_PROOF_INVALID' });
  });
});
