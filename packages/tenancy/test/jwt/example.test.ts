import { CanActivate, Controller, ExecutionContext, Get, Injectable, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { type Platform, PLATFORMS, serveOn } from '@nestarc/testing';
import { CurrentTenant, TenancyModule } from '@nestarc/tenancy';
import { jwtProof } from '@nestarc/tenancy/jwt';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  type SubdomainExtractorOptions,
  SubdomainTenantExtractor,
} from '../../src/extractors/subdomain-tenant.extractor';
import { userProof } from '../../src/proof/user-proof';
import { send } from '../extractors/requests';
import { JwksServer } from './jwks-server';
import { AUDIENCE, claims, ISSUER, rs256, rsaPair } from './tokens';

const key = rsaPair('one');
const reached: unknown[] = [];

@Controller()
class WorkController {
  @Get()
  work(@CurrentTenant() tenantId: string): string {
    reached.push(tenantId);
    return tenantId;
  }
}

function byToken(
  jwksUri: string,
  customerDomains: SubdomainExtractorOptions['domains'],
): ReturnType<typeof TenancyModule.forRoot> {
  // #region token
  return TenancyModule.forRoot({
    // Which tenant is meant: acme.app.example.com, or a domain of the tenant's own.
    tenantExtractor: new SubdomainTenantExtractor({ baseDomains: ['app.example.com'], domains: customerDomains }),
    // Whether whoever asks may have it: their token, signed by the identity provider, has to name the same.
    proof: jwtProof({ jwksUri, issuer: 'https://id.example.com/', audience: 'https://api.example.com' }),
  });
  // #endregion token
}

// #region user
@Injectable()
class SessionGuard implements CanActivate {
  canActivate(execution: ExecutionContext): boolean {
    const request = execution.switchToHttp().getRequest<{ headers: Record<string, string>; user?: unknown }>();
    request.user = sessions.get(request.headers['x-session'] ?? '');
    return true;
  }
}

@Module({ providers: [{ provide: APP_GUARD, useClass: SessionGuard }] })
class SessionModule {}

// Guards run in the order of the modules: the session is known before the tenant is asked for.
const byUser = [SessionModule, TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id', proof: userProof() })];
// #endregion user

const sessions = new Map([
  ['alice', { id: 'alice', tenantId: 'acme' }],
  ['mallory', { id: 'mallory', tenantId: 'globex' }],
  ['broken', { id: 'broken', tenantId: ['acme'] as unknown as string }],
]);

async function ask(platform: Platform, imports: (typeof byUser)[number][], ...headers: string[]): Promise<unknown> {
  @Module({ imports, controllers: [WorkController] })
  class WorkModule {}
  await using app = await serveOn(platform, WorkModule);
  const { status, body } = await send(app.url, ['GET / HTTP/1.1', ...headers].join('\r\n'));
  return status === 200 ? body : status;
}

beforeEach(() => {
  reached.length = 0;
});

describe.each(PLATFORMS)('the tenant of the host, proven by a token, on %s', (platform) => {
  it('is served to its own, and to nobody else', async () => {
    await using keys = await JwksServer.start();
    keys.keys = [key.jwk];
    const domains = { findTenantByDomain: (host: string) => (host === 'portal.acme.example' ? 'acme' : null) };
    const get = (host: string, ...more: string[]): Promise<unknown> =>
      ask(platform, [byToken(keys.uri, domains)], `Host: ${host}`, ...more);
    const bearer = (tenantId: string): string =>
      `Authorization: Bearer ${rs256(key, 'one', claims({ iss: ISSUER, aud: AUDIENCE, tenant_id: tenantId }))}`;
    expect(await get('acme.app.example.com', bearer('acme'))).toBe('acme');
    expect(await get('portal.acme.example', bearer('ACME'))).toBe('acme');
    expect(reached).toEqual(['acme', 'acme']);
    expect(await get('acme.app.example.com', bearer('globex'))).toBe(403);
    expect(await get('portal.acme.example', bearer('globex'))).toBe(403);
    expect(await get('acme.app.example.com')).toBe(401);
    expect(await get('acme.app.example.com', 'Authorization: Bearer forged')).toBe(401);
    expect(await get('acme.attacker.example', bearer('acme'))).toBe(404);
    expect(reached).toHaveLength(2);
  });
});

describe.each(PLATFORMS)('the tenant of a header, proven by the user of an earlier guard, on %s', (platform) => {
  it('is served to its own, and to nobody else', async () => {
    const get = (...headers: string[]): Promise<unknown> => ask(platform, byUser, 'Host: x', ...headers);
    expect(await get('X-Session: alice', 'X-Tenant-Id: ACME')).toBe('acme');
    expect(reached).toEqual(['acme']);
    expect(await get('X-Session: mallory', 'X-Tenant-Id: acme')).toBe(403);
    expect(await get('X-Session: broken', 'X-Tenant-Id: acme')).toBe(401);
    expect(await get('X-Tenant-Id: acme')).toBe(401);
    expect(reached).toHaveLength(1);
  });
});
