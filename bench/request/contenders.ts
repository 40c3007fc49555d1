import { TenancyModule, type TenancyModuleOptions } from '@nestarc/tenancy';
import { jwtProof } from '@nestarc/tenancy/jwt';
import { Controller, type DynamicModule, Get, Module } from '@nestjs/common';
import { createHmac } from 'node:crypto';

/** What is compared: the same route in an application that knows no tenants, and in two that do. */
export const CONTENDERS = ['bare', 'header', 'token'] as const;

/** One of what is compared. */
export type Contender = (typeof CONTENDERS)[number];

/** What each is, for people. */
export const DESCRIPTIONS: Readonly<Record<Contender, string>> = {
  bare: 'NestJS alone',
  header: 'tenancy, a header believed',
  token: 'tenancy, a header proven by a signed token (HS256)',
};

const SECRET = 'a secret of the bench, which is at least 32 bytes long';
const ISSUER = 'https://id.example.com';
const AUDIENCE = 'bench';
const TENANT = 'acme';

const OPTIONS: Readonly<Record<Exclude<Contender, 'bare'>, TenancyModuleOptions>> = {
  header: { tenantExtractor: 'X-Tenant-Id' },
  token: {
    tenantExtractor: 'X-Tenant-Id',
    proof: jwtProof({ secret: SECRET, issuer: ISSUER, audience: AUDIENCE }),
  },
};

@Controller()
class ProbeController {
  @Get('probe')
  probe(): { readonly ok: true } {
    return { ok: true };
  }
}

@Module({})
class ProbeModule {}

/**
 * Makes the root module of a contender.
 *
 * @param contender - which
 */
export function moduleOf(contender: Contender): DynamicModule {
  const imports = contender === 'bare' ? [] : [TenancyModule.forRoot(OPTIONS[contender])];
  return { module: ProbeModule, controllers: [ProbeController], imports };
}

/** What every request sends, to each contender the same: headers that nobody reads have to be parsed, too. */
export function requestHeaders(): Record<string, string> {
  return { 'x-tenant-id': TENANT, authorization: `Bearer ${signedToken()}` };
}

function signedToken(): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + 24 * 60 * 60;
  const claims = { sub: 'u-1', tenant_id: TENANT, iss: ISSUER, aud: AUDIENCE, exp };
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${text}.${createHmac('sha256', SECRET).update(text).digest('base64url')}`;
}
