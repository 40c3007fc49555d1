import { InvalidTenantIdError, resolveOptions } from '@nestarc/core';
import { z } from 'zod';
import { TenantProofInvalidError } from '../errors/tenant-proof-invalid.error';
import { ClaimPath, claimName } from '../proof/claim-path';
import { bearerToken } from '../request/bearer-token';
import { headerName } from '../request/header-name';
import type { TenancyRequest } from '../request/tenancy-request';
import type { TenantExtractor } from './tenant-extractor';
import { unverifiedClaims } from './unverified-claims';

/** Options of {@link JwtClaimTenantExtractor}. */
export interface JwtClaimExtractorOptions {
  /** The claim that names the tenant: its name (`https://example.com/tenant`), or a path to it (`org.id`). */
  readonly claimKey: string;
  /** Header with the token, as `Bearer <token>`. Defaults to `authorization`. */
  readonly headerName?: string | undefined;
}

const schema = z.strictObject({ claimKey: claimName, headerName: headerName.default('authorization') });

/**
 * Reads the tenant from a claim of a token whose signature it does not check: a candidate, which a proof has to verify.
 * `jwtProof` of `@nestarc/tenancy/jwt` checks the signature.
 */
export class JwtClaimTenantExtractor implements TenantExtractor {
  /** The request alone tells. */
  readonly needs = 'request';
  readonly #claim: ClaimPath;
  readonly #header: string;

  /**
   * @param options - see {@link JwtClaimExtractorOptions}
   * @throws InvalidOptionsError naming the path of every refused option
   */
  constructor(options: JwtClaimExtractorOptions) {
    const resolved = resolveOptions('JwtClaimTenantExtractor', schema, options);
    this.#claim = new ClaimPath(resolved.claimKey);
    this.#header = resolved.headerName;
  }

  /**
   * Reads the token.
   *
   * @param request - the request
   * @returns the claim; `null` when there is no token, it is none of JSON, out of date, or has no such claim
   * @throws RepeatedHeaderError when the header was sent more than once
   * @throws TenantProofInvalidError when `exp` or `nbf` is not a number: such a token would never expire
   * @throws InvalidTenantIdError when the claim is something else than a text, or empty
   */
  extract(request: TenancyRequest): string | null {
    const token = bearerToken(request, this.#header);
    const claims = token === undefined ? undefined : unverifiedClaims(token);
    if (claims === undefined || !isCurrent(claims)) return null;
    try {
      return this.#claim.findText(claims) ?? null;
    } catch {
      throw new InvalidTenantIdError();
    }
  }
}

function isCurrent(claims: object): boolean {
  const now = Math.floor(Date.now() / 1000);
  const expiry = timeOf(claims, 'exp');
  const beginning = timeOf(claims, 'nbf');
  return (expiry === undefined || expiry > now) && (beginning === undefined || beginning <= now);
}

function timeOf(claims: object, name: 'exp' | 'nbf'): number | undefined {
  const value = Object.hasOwn(claims, name) ? (claims as Readonly<Record<string, unknown>>)[name] : undefined;
  if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value;
  throw new TenantProofInvalidError(new TypeError(`The claim "${name}" is not a number`));
}
