import type { JsonWebKey, KeyObject, webcrypto } from 'node:crypto';
import type { TenancyRequest } from '../request/tenancy-request';
import type { JwtAlgorithm } from './jwt-algorithm';
import type { JwtKeyResolver } from './jwt-key';

/** How the keys at `jwksUri` are kept. */
export interface JwksOptions {
  /** How long fetching them may take, in milliseconds. Defaults to 5000. */
  readonly timeoutMs?: number | undefined;
  /** How long after a fetch an unknown key leads to no other one, in milliseconds. Defaults to 30000. */
  readonly cooldownMs?: number | undefined;
  /** How long they are good, in milliseconds; as long, a key that was taken back is accepted. Defaults to 600000. */
  readonly cacheMs?: number | undefined;
}

/** Options of `jwtProof`. Exactly one of `secret`, `publicKey`, `jwksUri` and `key` is given. */
export interface JwtProofOptions {
  /** Secret shared with whoever signs, of at least 32 bytes (HS384: 48, HS512: 64). */
  readonly secret?: string | Uint8Array | undefined;
  /** Public key of whoever signs: PEM, JWK, `KeyObject` or `CryptoKey`. */
  readonly publicKey?: string | KeyObject | webcrypto.CryptoKey | JsonWebKey | undefined;
  /** Where the identity provider publishes its keys: https, or http on this machine. */
  readonly jwksUri?: string | URL | undefined;
  /** Finds the key of each token. */
  readonly key?: JwtKeyResolver | undefined;
  /** How the keys at `jwksUri` are kept. */
  readonly jwks?: JwksOptions | undefined;
  /**
   * Algorithms that are accepted. Defaults to HS256 for a secret; else to RS256, PS256, ES256 and EdDSA, of which a
   * `publicKey` takes those, and only those, that it can check.
   */
  readonly algorithms?: readonly JwtAlgorithm[] | undefined;
  /**
   * Who issues the tokens (`iss`): one of these. Required. With several, as with any, the actor's id is
   * `encodeURIComponent(iss) + '|' + sub`: the subjects of two issuers may be called the same.
   */
  readonly issuer?: string | readonly string[] | undefined;
  /** Who the tokens are for (`aud`): one of these. Required. */
  readonly audience?: string | readonly string[] | undefined;
  /**
   * Accepts any issuer. Defaults to false. What is lost: where several issuers use the same key, each speaks for all.
   */
  readonly dangerouslyAllowAnyIssuer?: boolean | undefined;
  /**
   * Accepts any audience. Defaults to false. What is lost: a token that a user gave to another application of the same
   * issuer opens this one, too.
   */
  readonly dangerouslyAllowAnyAudience?: boolean | undefined;
  /**
   * The claim that names the tenant: its name, or a path such as `org.id`; `null` where tokens only tell who asks, and a
   * `TenantMembershipVerifier` decides. Defaults to `tenant_id`.
   */
  readonly tenantClaim?: string | null | undefined;
  /** Accepts tokens without `tenantClaim`, as if it were `null` for them. Defaults to false. */
  readonly tenantClaimOptional?: boolean | undefined;
  /** The claim with the id of whoever asks. Defaults to `sub`. */
  readonly subjectClaim?: string | undefined;
  /**
   * Type of the actor. Defaults to `user`. Where there are several proofs, one for each set of users keeps apart those who
   * have the same id in two of them.
   */
  readonly actorType?: string | undefined;
  /** Refuses tokens that never expire. Defaults to true. */
  readonly requireExpiration?: boolean | undefined;
  /** How far the clocks of issuer and server may be apart, in milliseconds. Defaults to 5000. */
  readonly clockToleranceMs?: number | undefined;
  /** How old a token may be by its `iat`, in milliseconds. Defaults to any age. */
  readonly maxTokenAgeMs?: number | undefined;
  /**
   * Takes the token out of a request, where it is not the bearer token of `Authorization`.
   *
   * @param request - the request
   * @returns the token, or `undefined` when there is none
   */
  readonly token?: ((request: TenancyRequest) => string | undefined) | undefined;
}
