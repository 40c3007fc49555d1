import { InvalidOptionsError, type OptionProblem } from '@nestarc/core';
import type { TenantMembershipVerifier } from '../proof/tenant-membership';
import type { TenantProof } from '../proof/tenant-proof';
import type { ResolvedTenancyOptions } from '../tenancy-options.schema';

/**
 * Makes sure that some request can be served at all.
 *
 * @param options - the options of the module
 * @param proofs - the proofs it names
 * @param membership - the verifier it names
 * @throws InvalidOptionsError when every request would be refused
 */
export function assertWorkable(
  { tenantExtractor }: ResolvedTenancyOptions,
  proofs: readonly TenantProof[],
  membership: TenantMembershipVerifier | undefined,
): void {
  if (proofs.length === 0 || proofs.some(({ namesTenant }) => namesTenant !== false)) return;
  const problems: OptionProblem[] = [];
  if (tenantExtractor === undefined) {
    problems.push({ path: 'tenantExtractor', message: 'expected one: the proof tells who asks, and names no tenant' });
  }
  if (membership === undefined) {
    problems.push({ path: 'membership', message: 'expected one: the proof tells who asks, and vouches for no tenant' });
  }
  if (problems.length > 0) throw new InvalidOptionsError('TenancyModule', problems);
}
