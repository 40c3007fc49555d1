import type { ResolvedTenancyOptions } from '../tenancy-options.schema';

/**
 * How an application knows who asks. `evidence`: proofs tell; what they know of somebody without saying who acts is nowhere
 * else to be seen. `guard`: no proof, but somebody was verified, whom an earlier guard knows. `none`: nobody has to be.
 */
export type IdentityBasis = 'evidence' | 'guard' | 'none';

/** The options of `TenancyModule` that decide. */
export type IdentityRules = Pick<ResolvedTenancyOptions, 'proof' | 'membership' | 'crossCheck'>;

/**
 * Tells how an application knows who asks.
 *
 * @param rules - options of `TenancyModule`; absent where they cannot be seen, and the strictest answer is the safe one
 */
export function identityBasisOf(rules: IdentityRules | undefined): IdentityBasis {
  if (rules === undefined || rules.proof.length > 0) return 'evidence';
  return rules.membership === undefined && rules.crossCheck === undefined ? 'none' : 'guard';
}
