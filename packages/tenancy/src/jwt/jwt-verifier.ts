import { isNestarcError } from '@nestarc/core';
import { TenantProofInvalidError } from '../errors/tenant-proof-invalid.error';
import { ClaimPath } from '../proof/claim-path';
import type { TenantEvidence } from '../proof/tenant-proof';
import { MAX_TOKEN_LENGTH } from '../request/bearer-token';
import type { TenancyRequest } from '../request/tenancy-request';
import { frozen } from './frozen';
import type { JoseLibrary, JoseVerifyOptions } from './jose.library';
import { JwtActor } from './jwt-actor';
import { type KeySource, keySourceOf } from './key-source';
import type { ResolvedJwtProofOptions } from './resolved-jwt-proof.options';

/** A signed token in compact form. jose 5 would overlook blanks in it; another reader of the same token may not. */
const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** Checks tokens: signature, times, issuer, audience and the types of the claims that are used. */
export class JwtVerifier {
  readonly #jose: JoseLibrary;
  readonly #keyOf: KeySource;
  readonly #against: JoseVerifyOptions;
  readonly #tenant: ClaimPath | undefined;
  readonly #tenantOptional: boolean;
  readonly #actor: JwtActor;

  constructor(jose: JoseLibrary, options: ResolvedJwtProofOptions) {
    this.#jose = jose;
    this.#keyOf = keySourceOf(jose, options.origin);
    this.#against = heldAgainst(options);
    this.#tenant = options.tenantClaim === null ? undefined : new ClaimPath(options.tenantClaim);
    this.#tenantOptional = options.tenantClaimOptional;
    this.#actor = new JwtActor(options);
  }

  /**
   * Checks a token.
   *
   * @param token - the token
   * @param request - the request it came with
   * @throws TenantProofInvalidError when anything about it is wrong
   * @throws TenantProofUnavailableError when the keys cannot be had
   */
  async verify(token: string, request: TenancyRequest): Promise<TenantEvidence> {
    try {
      if (token.length > MAX_TOKEN_LENGTH || !COMPACT.test(token)) throw new TypeError('It is no signed token');
      const { payload } = await this.#jose.jwtVerify(token, (header) => this.#key(header, request), this.#against);
      return this.#evidenceOf(payload);
    } catch (error) {
      throw isNestarcError(error) ? error : new TenantProofInvalidError(withoutClaims(error));
    }
  }

  async #key(header: Parameters<KeySource>[0], request: TenancyRequest): ReturnType<KeySource> {
    const kid: unknown = header.kid;
    if (kid !== undefined && typeof kid !== 'string') throw new TypeError('The "kid" is not a text');
    return this.#keyOf(header, request);
  }

  #evidenceOf(claims: Readonly<Record<string, unknown>>): TenantEvidence {
    const actor = this.#actor.of(claims);
    const tenantId = this.#tenant?.findText(claims);
    if (tenantId === undefined && this.#tenant !== undefined && !this.#tenantOptional) {
      throw new TypeError('The token does not name a tenant');
    }
    return frozen({ tenantId, actor, principal: claims });
  }
}

function heldAgainst(options: ResolvedJwtProofOptions): JoseVerifyOptions {
  const { issuer, audience, maxTokenAgeMs } = options;
  return {
    algorithms: options.algorithms,
    requiredClaims: options.requireExpiration ? ['exp'] : [],
    clockTolerance: options.clockToleranceMs / 1000,
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
    ...(maxTokenAgeMs === undefined ? {} : { maxTokenAge: maxTokenAgeMs / 1000 }),
  };
}

/** jose puts the claims of the token on its errors; loggers print causes with all their properties. */
function withoutClaims(error: unknown): unknown {
  if (!(error instanceof Error) || !('payload' in error)) return error;
  return Object.assign(new Error(error.message), { code: (error as { readonly code?: unknown }).code });
}
