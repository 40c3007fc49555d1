import type { TenancyModuleOptions, TenantProof } from '../../src';
import { CompositeTenantExtractor } from '../../src/extractors/composite-tenant.extractor';
import { CookieTenantExtractor } from '../../src/extractors/cookie-tenant.extractor';
import { JwtClaimTenantExtractor } from '../../src/extractors/jwt-claim-tenant.extractor';
import { PathTenantExtractor } from '../../src/extractors/path-tenant.extractor';
import { SubdomainTenantExtractor } from '../../src/extractors/subdomain-tenant.extractor';
import { jwtProof } from '../../src/jwt';
import { B } from '../fixture/isolation-fixture';
import { base, claims, expected, hmac, hs256, rsaPair, rs256, SECRET } from '../jwt/tokens';
import type { HostileRange } from './hostile-range';
import { type RawHead, utf8 } from './raw-http';

/** A way in which an application learns of the tenant. */
export interface TenantSource {
  readonly name: string;
  /** The module's options for it. */
  options(range: HostileRange): TenancyModuleOptions;
  /** A request that names a tenant in this way. */
  naming(text: string): RawHead;
}

export const RSA = rsaPair('one');

/** Custom domains whose ownership was verified. */
export const domains = { findTenantByDomain: (host: string): string | null => (host === 'shop.b.example' ? B : null) };

const BASE = 'app.example.com';
const bearer = (token: string): string => `Authorization: Bearer ${token}`;
const subdomain = new SubdomainTenantExtractor({ baseDomains: [BASE], domains });
const path = new PathTenantExtractor({ pattern: '/t/:tenant', paramName: 'tenant' });
const cookie = new CookieTenantExtractor('tenant');
const claim = new JwtClaimTenantExtractor({ claimKey: 'tenant_id' });

/** A proof by the shared secret. */
export const bySecret = (): TenantProof => jwtProof(base);

/** A proof by the keys that an identity provider publishes. */
export function byKeys(range: HostileRange): TenantProof {
  range.keys.keys = [RSA.jwk];
  return jwtProof({ ...expected, jwksUri: range.keys.uri });
}

const byHeader = (text: string): RawHead => ({ headers: [`X-Tenant-Id: ${utf8(text)}`] });
const byHost = (text: string): RawHead => ({ headers: [`Host: ${utf8(text)}.${BASE}`] });
const byPath = (text: string): RawHead => ({ target: `/t/${utf8(text)}/customers`, headers: [] });
const byCookie = (text: string): RawHead => ({ headers: [`Cookie: a=1; tenant=${utf8(text)}`] });
const byToken = (text: string): RawHead => ({ headers: [bearer(hs256(claims({ tenant_id: text })))] });

/** Percent-encoded, but for what cannot be. */
const encoded = (text: string): string => encodeURIComponent(text.replace(/\p{Cs}/gu, '\ufffd'));

/** Where the request's own word is taken for it. */
export const BELIEVED: readonly TenantSource[] = [
  { name: 'a header', options: () => ({ tenantExtractor: 'X-Tenant-Id' }), naming: byHeader },
  { name: 'a subdomain', options: () => ({ tenantExtractor: subdomain }), naming: byHost },
  { name: 'the path', options: () => ({ tenantExtractor: path }), naming: byPath },
  { name: 'the encoded path', options: () => ({ tenantExtractor: path }), naming: (text) => byPath(encoded(text)) },
  { name: 'a cookie', options: () => ({ tenantExtractor: cookie }), naming: byCookie },
  {
    name: 'an encoded cookie',
    options: () => ({ tenantExtractor: cookie }),
    naming: (text) => byCookie(encoded(text)),
  },
  { name: 'a claim', options: () => ({ tenantExtractor: claim }), naming: byToken },
  {
    name: 'the first of several',
    options: () => ({ tenantExtractor: new CompositeTenantExtractor([path, cookie, claim]) }),
    naming: byCookie,
  },
];

/** Where a token has to agree, or names the tenant itself. */
export const PROVEN: readonly TenantSource[] = [
  { name: 'a token of a secret', options: () => ({ tenantExtractor: jwtProof(base) }), naming: byToken },
  {
    name: 'a token of published keys',
    options: (range) => ({ proof: byKeys(range) }),
    naming: (text) => ({ headers: [bearer(rs256(RSA, 'one', claims({ tenant_id: text })))] }),
  },
];

/** A text that is a token's payload byte by byte, signed with the secret. */
export function signedBytes(payload: Buffer): string {
  const input = `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.${payload.toString('base64url')}`;
  return `${input}.${hmac(SECRET)(Buffer.from(input)).toString('base64url')}`;
}

export { bearer };
