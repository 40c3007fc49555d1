import { TenantProofInvalidError } from '../errors/tenant-proof-invalid.error';
import type { TenantEvidence } from '../proof/tenant-proof';
import type { VerifiedTenantSource } from '../proof/verified-source';
import { bearerToken } from '../request/bearer-token';
import type { TenancyRequest } from '../request/tenancy-request';
import { type JoseLibrary, loadJose } from './jose.library';
import type { JwtProofOptions } from './jwt-proof.options';
import { JwtVerifier } from './jwt-verifier';
import { resolveJwtProofOptions } from './resolved-jwt-proof.options';

/**
 * Takes a signed JSON Web Token as the proof of the tenant: the signature, the times, the issuer and the audience are
 * checked by jose, which has to be installed. It also serves as `tenantExtractor`, where the token is all that names the
 * tenant, and as `crossCheck.extractor`.
 *
 * @param options - see {@link JwtProofOptions}
 * @throws InvalidOptionsError naming the path of every refused option
 * @throws JoseMissingError when jose is not installed
 */
export function jwtProof(options: JwtProofOptions): VerifiedTenantSource {
  return createJwtProof(options, loadJose);
}

/**
 * How long the answer for one request is kept, so that its extractor, its proof and the guard behind it check the token
 * once. A second is the resolution of the times in a token; and a WebSocket's request lives for hours.
 */
const KEPT_MS = 1000;

interface Checked {
  readonly token: string;
  readonly at: number;
  readonly evidence: Promise<TenantEvidence>;
}

/**
 * Makes the proof with a given library.
 *
 * @param options - see {@link JwtProofOptions}
 * @param load - gives the library
 */
export function createJwtProof(options: JwtProofOptions, load: () => JoseLibrary): VerifiedTenantSource {
  const resolved = resolveJwtProofOptions(options);
  const verifier = new JwtVerifier(load(), resolved);
  const tokenOf = resolved.token ?? bearerToken;
  const recent = new WeakMap<TenancyRequest, Checked>();

  const prove = (request: TenancyRequest): Promise<TenantEvidence> | undefined => {
    const token: unknown = tokenOf(request) ?? '';
    if (typeof token !== 'string') throw new TenantProofInvalidError(new TypeError('The token is not a text'));
    if (token === '') return undefined;
    const now = performance.now();
    const checked = recent.get(request);
    if (checked?.token === token && now - checked.at < KEPT_MS) return checked.evidence;
    const evidence = verifier.verify(token, request);
    recent.set(request, { token, at: now, evidence });
    return evidence;
  };
  return Object.freeze<VerifiedTenantSource>({
    verified: true,
    needs: 'request',
    namesTenant: resolved.tenantClaim !== null,
    prove,
    extract: (request) => prove(request)?.then(({ tenantId }) => tenantId ?? null) ?? null,
  });
}
