import { type Actor, resolveOptions } from '@nestarc/core';
import { z } from 'zod';
import { TenantProofInvalidError } from '../errors/tenant-proof-invalid.error';
import type { TenancyRequest } from '../request/tenancy-request';
import { ClaimPath, claimName } from './claim-path';
import type { TenantEvidence } from './tenant-proof';
import type { VerifiedTenantSource } from './verified-source';

/** Options of {@link userProof}. */
export interface UserProofOptions {
  /** Where the authentication guard leaves the user on the request. Defaults to `user`. */
  readonly property?: string | undefined;
  /**
   * Where the user names the tenant, such as `tenantId` or `org.id`; `null` where users name none, and a
   * `TenantMembershipVerifier` decides. Defaults to `tenantId`.
   */
  readonly claim?: string | null | undefined;
  /** Where the user's own id is. Defaults to `id`, and to `sub` for users without. */
  readonly actorId?: string | undefined;
  /**
   * Type of the actor. Defaults to `user`. Where there are several proofs, one for each set of users keeps apart those who
   * have the same id in two of them.
   */
  readonly actorType?: string | undefined;
}

const schema = z.strictObject({
  property: z.string().min(1).default('user'),
  claim: claimName.nullable().default('tenantId'),
  actorId: claimName.optional(),
  actorType: z.string().min(1).default('user'),
});

/**
 * Takes the user whom an earlier guard verified, and left on the request, as the proof of the tenant. The guard must run
 * before `TenancyGuard`: register it as `APP_GUARD` in a module that is imported before `TenancyModule`, or set
 * `guard: 'manual'`.
 *
 * @param options - see {@link UserProofOptions}
 * @throws InvalidOptionsError naming the path of every refused option
 */
export function userProof(options: UserProofOptions = {}): VerifiedTenantSource {
  const { property, claim, actorId, actorType } = resolveOptions('userProof', schema, options);
  const tenant = claim === null ? undefined : new ClaimPath(claim);
  const ids = (actorId === undefined ? ['id', 'sub'] : [actorId]).map((name) => new ClaimPath(name));

  const prove = (request: TenancyRequest): TenantEvidence | undefined => {
    const user = (request as unknown as Readonly<Record<string, unknown>>)[property];
    if (user === undefined || user === null || user === false) return undefined;
    try {
      if (typeof user !== 'object') throw new TypeError(`The request's "${property}" is no object`);
      return Object.freeze({ tenantId: tenant?.findText(user), actor: actorOf(user, ids, actorType), principal: user });
    } catch (cause) {
      throw new TenantProofInvalidError(cause);
    }
  };
  return Object.freeze<VerifiedTenantSource>({
    verified: true,
    needs: 'guard',
    namesTenant: tenant !== undefined,
    prove,
    extract: (request) => prove(request)?.tenantId ?? null,
  });
}

function actorOf(user: object, paths: readonly ClaimPath[], type: string): Actor | undefined {
  for (const path of paths) {
    const id = path.find(user);
    if (typeof id === 'string' && id !== '') return { type, id };
    if (typeof id === 'bigint' || Number.isSafeInteger(id)) return { type, id: String(id) };
  }
  return undefined;
}
