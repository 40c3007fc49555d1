import { createTestDatabase, PLATFORMS, type ServedApp } from '@nestarc/testing';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// #region sources
import {
  CompositeTenantExtractor,
  CookieTenantExtractor,
  HeaderTenantExtractor,
  JwtClaimTenantExtractor,
  PathTenantExtractor,
  SubdomainTenantExtractor,
} from '@nestarc/tenancy';

export const sources = {
  // X-Tenant-Id: acme. The text 'X-Tenant-Id' is short for this.
  header: new HeaderTenantExtractor('X-Tenant-Id'),
  // acme.app.example.com, and in development acme.localhost
  host: new SubdomainTenantExtractor({
    baseDomains: ['app.example.com', 'localhost'],
    excludeSubdomains: ['www', 'id'],
  }),
  // /orgs/acme/invoices, with whatever global prefix is part of the path
  path: new PathTenantExtractor({ pattern: '/orgs/:org', paramName: 'org' }),
  // Cookie: __Host-tenant=acme
  cookie: new CookieTenantExtractor('__Host-tenant'),
  // Authorization: Bearer <token>, with the claim { "org": { "id": "acme" } }; the signature is not looked at here
  claim: new JwtClaimTenantExtractor({ claimKey: 'org.id' }),
  // The first that names a tenant decides; one that throws ends the search.
  several: new CompositeTenantExtractor([
    new SubdomainTenantExtractor({ baseDomains: ['app.example.com'], unknownHost: 'ignore' }),
    new HeaderTenantExtractor('X-Tenant-Id'),
  ]),
};
// #endregion sources
// #region own
import { InvalidTenantIdError, type TenancyRequest, type TenantExtractor } from '@nestarc/tenancy';

/** Download links name the tenant: /tenant?tenant=acme */
export class QueryTenantExtractor implements TenantExtractor {
  // It reads nothing that a guard leaves on the request: the tenant is known before the first guard runs.
  readonly needs = 'request';

  extract(request: TenancyRequest): string | null {
    const { searchParams } = new URL(request.originalUrl ?? request.url ?? '/', 'http://localhost');
    const [tenantId = null, ...others] = searchParams.getAll('tenant');
    if (others.length > 0) throw new InvalidTenantIdError();
    return tenantId;
  }
}
// #endregion own
// #region domains
import { Injectable, Module } from '@nestjs/common';
import { TenancyModule, type TenantDomainLookup } from '@nestarc/tenancy';

@Injectable()
export class VerifiedDomains implements TenantDomainLookup {
  // Not through the application's own client: it needs TenancyService, and that needs the options below.
  private readonly pool = new Pool({ connectionString: process.env['REGISTRY_URL'], max: 2 });

  async findTenantByDomain(host: string): Promise<string | null> {
    const text = 'SELECT tenant_id FROM domains WHERE host = $1 AND verified_at IS NOT NULL';
    const { rows } = await this.pool.query<{ tenant_id: string }>(text, [host]);
    return rows[0]?.tenant_id ?? null;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }
}

@Module({ providers: [VerifiedDomains], exports: [VerifiedDomains] })
export class DomainsModule {}

export const tenancyByHost = () =>
  TenancyModule.forRootAsync({
    imports: [DomainsModule],
    inject: [VerifiedDomains],
    useFactory: (domains: VerifiedDomains) => ({
      tenantExtractor: new SubdomainTenantExtractor({ baseDomains: ['app.example.com'], domains }),
    }),
  });
// #endregion domains
import { serveTenant, tenantOf } from './guide-app';

const token = `x.${Buffer.from(JSON.stringify({ org: { id: 'acme' } })).toString('base64url')}.x`;

describe.each(PLATFORMS)('the sources of the guide on %s', (platform) => {
  const requests = {
    header: [{ 'x-tenant-id': 'ACME' }],
    host: [{ host: 'acme.app.example.com' }],
    path: [{}, '/orgs/acme'],
    cookie: [{ cookie: 'theme=dark; __Host-tenant=acme' }],
    claim: [{ authorization: `Bearer ${token}` }],
    several: [{ host: 'api.example.com', 'x-tenant-id': 'acme' }],
  } as const satisfies Record<keyof typeof sources, readonly [Record<string, string>, string?]>;

  it.each(Object.keys(sources) as (keyof typeof sources)[])('read the tenant from the %s', async (name) => {
    await using app = await serveTenant(platform, TenancyModule.forRoot({ tenantExtractor: sources[name] }));
    const [headers, path = '/tenant'] = requests[name];
    expect(await tenantOf(app, headers, path)).toBe('acme');
    const nobody = name === 'host' ? { host: 'www.app.example.com' } : {};
    expect(await tenantOf(app, nobody)).toBe('403 TENANT_REQUIRED');
  });

  it('know the hosts of development, and no others', async () => {
    await using app = await serveTenant(platform, TenancyModule.forRoot({ tenantExtractor: sources.host }));
    expect(await tenantOf(app, { host: 'acme.localhost:3000' })).toBe('acme');
    expect(await tenantOf(app, { host: 'acme.attacker.example' })).toBe('404 TENANT_HOST_UNKNOWN');
    expect(await tenantOf(app, { host: 'evil.acme.app.example.com' })).toBe('404 TENANT_HOST_UNKNOWN');
  });

  it('include one of the application’s own', async () => {
    const tenantExtractor = new QueryTenantExtractor();
    await using app = await serveTenant(platform, TenancyModule.forRoot({ tenantExtractor }));
    expect(await tenantOf(app, {}, '/tenant?tenant=acme')).toBe('acme');
    expect(await tenantOf(app, {}, '/tenant?tenant=acme&tenant=umbrella')).toBe('400 TENANT_ID_INVALID');
  });
});

describe.each(PLATFORMS)('domains of the tenants’ own on %s', (platform) => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let app: ServedApp;
  beforeAll(async () => {
    database = await createTestDatabase({
      sql: `CREATE TABLE domains (host text PRIMARY KEY, tenant_id text NOT NULL, verified_at timestamptz);
        INSERT INTO domains VALUES ('portal.acme.example', 'acme', now()), ('claimed.example', 'acme', NULL);`,
    });
    process.env['REGISTRY_URL'] = database.appUrl;
    app = await serveTenant(platform, tenancyByHost());
  });
  afterAll(async () => {
    delete process.env['REGISTRY_URL'];
    await app.close();
    await database.drop();
  });

  it('are found where their ownership was verified, and are unknown hosts otherwise', async () => {
    expect(await tenantOf(app, { host: 'portal.acme.example' })).toBe('acme');
    expect(await tenantOf(app, { host: 'umbrella.app.example.com' })).toBe('umbrella');
    expect(await tenantOf(app, { host: 'claimed.example' })).toBe('404 TENANT_HOST_UNKNOWN');
    expect(await tenantOf(app, { host: 'nobody.example' })).toBe('404 TENANT_HOST_UNKNOWN');
  });
});
