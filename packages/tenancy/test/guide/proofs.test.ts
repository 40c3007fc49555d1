import { Injectable, Module, Controller, Get } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { PLATFORMS, serveOn } from '@nestarc/testing';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DIRECT_POOL } from '../fixture/database-path';
import { A, B, IsolationFixture } from '../fixture/isolation-fixture';
import { Database as PrismaService, DATABASE_URL } from '../http-fixture';
import { AuthGuard, reached, serveTenant, tenantOf } from './guide-app';
// #region secret
import { TenancyModule } from '@nestarc/tenancy';
import { jwtProof } from '@nestarc/tenancy/jwt';

export const byToken = () =>
  TenancyModule.forRoot({
    // No tenantExtractor: the token is all that names the tenant.
    proof: jwtProof({
      secret: process.env['JWT_SECRET'],
      issuer: 'https://id.example.com/',
      audience: 'https://api.example.com',
      tenantClaim: 'org.id',
    }),
  });
// #endregion secret
// #region user
import { userProof } from '@nestarc/tenancy';

@Module({ providers: [{ provide: APP_GUARD, useClass: AuthGuard }] })
export class AuthModule {}

// Global guards run in the order of their modules, those of the root module first: AuthGuard sets request.user here.
export const byUser = () => [AuthModule, TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id', proof: userProof() })];
// #endregion user
// #region manual
import { UseGuards } from '@nestjs/common';
import { CurrentTenant, TenancyGuard } from '@nestarc/tenancy';

@UseGuards(AuthGuard, TenancyGuard)
@Controller('orders')
export class OrdersController {
  @Get()
  list(@CurrentTenant() tenantId: string) {
    return { tenantId };
  }
}

@Module({
  imports: [TenancyModule.forRoot({ proof: userProof(), guard: 'manual' })],
  controllers: [OrdersController],
})
export class OrdersApp {}
// #endregion manual
// #region membership
import { TenancyService, type TenantMembershipQuestion, type TenantMembershipVerifier } from '@nestarc/tenancy';

/** Customers log in with their e-mail address, and may be customers of many tenants. */
@Injectable()
export class CustomersOnly implements TenantMembershipVerifier {
  constructor(
    private readonly tenancy: TenancyService,
    private readonly prisma: PrismaService,
  ) {}

  async isMember({ tenantId, principal }: TenantMembershipQuestion): Promise<boolean> {
    const { email } = principal as { email: string };
    const found = await this.tenancy.runAs(tenantId, () => this.prisma.client.customer.count({ where: { email } }));
    return found === 1;
  }
}

export const byMembership = () =>
  TenancyModule.forRoot({
    tenantExtractor: 'X-Tenant-Id',
    tenantIdFormat: 'uuid',
    // Users name no tenant of their own here; the class, because its instance needs what this module provides.
    proof: userProof({ claim: null }),
    membership: CustomersOnly,
  });
// #endregion membership
// #region cross-check
export const crossChecked = () =>
  TenancyModule.forRoot({
    tenantExtractor: 'X-Tenant-Id',
    crossCheck: { extractor: userProof(), onFailed: 'log' },
  });
// #endregion cross-check
// #region gateway
import { timingSafeEqual } from 'node:crypto';
import {
  HeaderTenantExtractor,
  type TenancyRequest,
  type TenantEvidence,
  type TenantProof,
  TenantProofInvalidError,
} from '@nestarc/tenancy';

/** What the gateway sends is true; what somebody sends who went around it is not. */
export class GatewayProof implements TenantProof {
  readonly needs = 'request';
  private readonly tenant = new HeaderTenantExtractor('X-Tenant-Id');
  private readonly key = new HeaderTenantExtractor('X-Gateway-Key');

  constructor(private readonly secret: Buffer) {}

  prove(request: TenancyRequest): TenantEvidence | undefined {
    const key = this.key.extract(request);
    if (key === null) return undefined;
    const sent = Buffer.from(key);
    if (sent.length !== this.secret.length || !timingSafeEqual(sent, this.secret)) throw new TenantProofInvalidError();
    return { tenantId: this.tenant.extract(request) ?? undefined, actor: { type: 'gateway', id: 'edge' } };
  }
}
// #endregion gateway

const SECRET = 'at least thirty-two bytes, kept in a secret store';

const tokenFor = (claims: Record<string, unknown>, secret = SECRET): Promise<string> =>
  new SignJWT({ sub: 'alice', ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer('https://id.example.com/')
    .setAudience('https://api.example.com')
    .setExpirationTime('5m')
    .sign(Buffer.from(secret));

beforeEach(() => {
  reached.count = 0;
});

describe.each(PLATFORMS)('the proofs of the guide on %s', (platform) => {
  it('take a signed token’s word for the tenant, and no other', async () => {
    process.env['JWT_SECRET'] = SECRET;
    await using app = await serveTenant(platform, byToken());
    const bearer = async (claims: Record<string, unknown>, secret?: string): Promise<unknown> =>
      tenantOf(app, { authorization: `Bearer ${await tokenFor(claims, secret)}`, 'x-tenant-id': 'umbrella' });
    expect(await bearer({ org: { id: 'ACME' } })).toBe('acme');
    expect(reached.count).toBe(1);
    expect(await bearer({ org: { id: 'acme' } }, 'another secret of thirty-two bytes or more')).toBe(
      '401 TENANT_PROOF_INVALID',
    );
    expect(await bearer({ org: { id: ['acme'] } })).toBe('401 TENANT_PROOF_INVALID');
    expect(await tenantOf(app, { 'x-tenant-id': 'acme' })).toBe('401 TENANT_UNVERIFIED');
    expect(reached.count).toBe(1);
    delete process.env['JWT_SECRET'];
  });

  it('take the user of an earlier guard', async () => {
    await using app = await serveTenant(platform, ...byUser());
    expect(await tenantOf(app, { 'x-session': 'alice', 'x-tenant-id': 'acme' })).toBe('acme');
    expect(await tenantOf(app, { 'x-session': 'alice' })).toBe('acme');
    expect(reached.count).toBe(2);
    expect(await tenantOf(app, { 'x-session': 'mallory', 'x-tenant-id': 'acme' })).toBe('403 TENANT_FORBIDDEN');
    expect(await tenantOf(app, { 'x-session': 'newcomer', 'x-tenant-id': 'acme' })).toBe('403 TENANT_FORBIDDEN');
    expect(await tenantOf(app, { 'x-tenant-id': 'acme' })).toBe('401 TENANT_UNVERIFIED');
    expect(reached.count).toBe(2);
  });

  it('find no user where the module of the guard comes after', async () => {
    await using app = await serveTenant(platform, ...byUser().reverse());
    expect(await tenantOf(app, { 'x-session': 'alice', 'x-tenant-id': 'acme' })).toBe('401 TENANT_UNVERIFIED');
  });

  it('work in a guard that the application places itself', async () => {
    await using app = await serveOn(platform, OrdersApp);
    expect(await tenantOf(app, { 'x-session': 'alice' }, '/orders')).toBe('acme');
    expect(await tenantOf(app, {}, '/orders')).toBe('401 TENANT_UNVERIFIED');
  });

  it('try a cross-check out before it refuses anybody', async () => {
    await using app = await serveTenant(platform, AuthModule, crossChecked());
    expect(await tenantOf(app, { 'x-session': 'mallory', 'x-tenant-id': 'acme' })).toBe('acme');
  });

  it('believe a gateway that shows its key', async () => {
    const proof = new GatewayProof(Buffer.from('the key of the gateway'));
    await using app = await serveTenant(platform, TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id', proof }));
    const headers = { 'x-tenant-id': 'acme' };
    expect(await tenantOf(app, { ...headers, 'x-gateway-key': 'the key of the gateway' })).toBe('acme');
    expect(await tenantOf(app, { ...headers, 'x-gateway-key': 'a guess' })).toBe('401 TENANT_PROOF_INVALID');
    expect(await tenantOf(app, headers)).toBe('401 TENANT_UNVERIFIED');
  });
});

describe.each(PLATFORMS)('the membership verifier of the guide on %s', (platform) => {
  let fixture: IsolationFixture;
  beforeAll(async () => {
    fixture = await IsolationFixture.create(DIRECT_POOL);
    await fixture.seed();
    await fixture.asAdmin('UPDATE customers SET email = $1 WHERE tenant_id = $2 AND id = $3', [
      'a1@a.example',
      A,
      'a1111111-0000-4000-8000-000000000001',
    ]);
  });
  afterAll(() => fixture.close());

  it('asks the database, through the client that belongs to the module', async () => {
    @Module({
      providers: [CustomersOnly, PrismaService, { provide: DATABASE_URL, useValue: fixture.database.appUrl }],
    })
    class CustomersModule {}
    await using app = await serveTenant(platform, AuthModule, byMembership(), CustomersModule);
    expect(await tenantOf(app, { 'x-session': 'alice', 'x-tenant-id': A })).toBe(A);
    expect(await tenantOf(app, { 'x-session': 'alice', 'x-tenant-id': B })).toBe('403 TENANT_FORBIDDEN');
    expect(await tenantOf(app, { 'x-session': 'newcomer', 'x-tenant-id': A })).toBe('403 TENANT_FORBIDDEN');
    expect(await tenantOf(app, { 'x-tenant-id': A })).toBe('401 TENANT_UNVERIFIED');
  });
});
