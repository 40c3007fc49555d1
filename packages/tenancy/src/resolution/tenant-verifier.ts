import { TenantForbiddenError } from '../errors/tenant-forbidden.error';
import { TenantUnverifiedError } from '../errors/tenant-unverified.error';
import { TenancyEvents } from '../events/tenancy-events';
import type { TenantExtractor } from '../extractors/tenant-extractor';
import type { TenantMembershipVerifier } from '../proof/tenant-membership';
import type { TenantEvidence, TenantProof } from '../proof/tenant-proof';
import type { TenancyRequest } from '../request/tenancy-request';
import type { ResolvedTenancyOptions } from '../tenancy-options.schema';
import type { Candidate, CandidateReader } from './candidate-reader';
import { RecentMemberships } from './recent-memberships';
import { TenantRefused, verificationFailed } from './resolution';
import { settleWithin } from './settle-within';

/** Decides whether a request may have the tenant it names. */
export class TenantVerifier {
  readonly #recent = new RecentMemberships();

  constructor(
    private readonly options: ResolvedTenancyOptions,
    private readonly reader: CandidateReader,
    /** The proofs, in the order they are asked. */
    readonly proofs: readonly TenantProof[],
    /** Who knows which tenant somebody belongs to. */
    readonly membership: TenantMembershipVerifier | undefined,
  ) {}

  /** Whether there is nothing to verify: what a request claims, it has. */
  get believesAll(): boolean {
    return this.proofs.length === 0 && this.membership === undefined && this.options.crossCheck === undefined;
  }

  /**
   * Collects the evidence of a request. The first proof that finds some decides: bad evidence is not made good by the
   * next.
   *
   * @param request - the request
   * @param candidate - what it claims
   * @returns what it says, or `undefined` when there is none
   * @throws {@link TenantRefused} when it is bad
   */
  async evidenceOf(request: TenancyRequest, candidate: Candidate | undefined): Promise<TenantEvidence | undefined> {
    try {
      for (const proof of this.proofs) {
        const evidence = await settleWithin('The proof of the tenant', proof.prove(request), this.options.timeoutMs);
        // Programs in plain JavaScript say null.
        if (evidence !== undefined && (evidence as unknown) !== null) return evidence;
      }
    } catch (error) {
      throw verificationFailed(error, candidate?.tenantId);
    }
    return undefined;
  }

  /**
   * Verifies a tenant.
   *
   * @param named - the tenant that the request claims or the evidence names
   * @param evidence - what the proof found
   * @param request - the request
   * @returns a disagreement with the cross-check that is only to be announced
   * @throws {@link TenantRefused} when the request may not have the tenant
   */
  async verify(
    named: Candidate,
    evidence: TenantEvidence | undefined,
    request: TenancyRequest,
  ): Promise<TenantRefused | undefined> {
    if (this.proofs.length > 0 && evidence === undefined) {
      throw verificationFailed(new TenantUnverifiedError(), named.tenantId);
    }
    if (evidence?.tenantId !== undefined && evidence.tenantId !== named.claim) {
      const proven = await this.reader.accept(evidence.tenantId);
      if (proven.tenantId !== named.tenantId) throw mismatch(named, proven);
    }
    if (this.membership !== undefined) {
      await this.#askMembership(this.membership, named, evidence, request);
    } else if (this.proofs.length > 0 && evidence?.tenantId === undefined) {
      throw verificationFailed(new TenantForbiddenError(), named.tenantId);
    }
    return this.#crossCheck(named, request);
  }

  async #askMembership(
    membership: TenantMembershipVerifier,
    named: Candidate,
    evidence: TenantEvidence | undefined,
    request: TenancyRequest,
  ): Promise<void> {
    const { tenantId } = named;
    const principal = evidence?.principal ?? evidence?.actor ?? request.user;
    if (principal === undefined || principal === null) throw verificationFailed(new TenantUnverifiedError(), tenantId);
    let member: boolean;
    try {
      member = await this.#recent.ask({ tenantId, principal, request }, () => {
        const answer = membership.isMember({ tenantId, principal, request });
        return settleWithin('The membership verifier', answer, this.options.timeoutMs);
      });
    } catch (error) {
      throw verificationFailed(error, tenantId);
    }
    if (member !== true) throw verificationFailed(new TenantForbiddenError(), tenantId);
  }

  async #crossCheck(named: Candidate, request: TenancyRequest): Promise<TenantRefused | undefined> {
    const { crossCheck } = this.options;
    if (crossCheck === undefined) return undefined;
    const other = await this.#otherSource(crossCheck.extractor, named, request);
    if (other === undefined && crossCheck.required) {
      throw verificationFailed(new TenantUnverifiedError(), named.tenantId);
    }
    if (other === undefined || other.tenantId === named.tenantId) return undefined;
    const disagreement = mismatch(named, other);
    if (crossCheck.onFailed === 'reject') throw disagreement;
    return disagreement;
  }

  async #otherSource(
    extractor: TenantExtractor,
    named: Candidate,
    request: TenancyRequest,
  ): Promise<Candidate | undefined> {
    let text: string | undefined;
    try {
      text = await this.reader.extract(extractor, request);
    } catch (error) {
      throw verificationFailed(error, named.tenantId);
    }
    return text === undefined ? undefined : this.reader.accept(text);
  }
}

function mismatch(named: Candidate, other: Candidate): TenantRefused {
  const payload = { extractedTenantId: named.tenantId, crossCheckTenantId: other.tenantId };
  return new TenantRefused(new TenantForbiddenError(), TenancyEvents.CROSS_CHECK_FAILED, payload);
}
