import type { NestarcError } from '@nestarc/core';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { TenantRequiredError } from '../errors/tenant-required.error';
import { TenantUnverifiedError } from '../errors/tenant-unverified.error';
import type { TenantMembershipVerifier } from '../proof/tenant-membership';
import type { TenantEvidence, TenantProof } from '../proof/tenant-proof';
import type { TenancyRequest } from '../request/tenancy-request';
import type { ResolvedTenancyOptions } from '../tenancy-options.schema';
import { TENANCY_MODULE_OPTIONS } from '../tenancy.tokens';
import { CandidateReader } from './candidate-reader';
import { findReferenced } from './referenced-provider';
import { TenantRefused, type TenantResolution } from './resolution';
import { TenantVerifier } from './tenant-verifier';

/**
 * Turns a request into a tenant, in two steps: what it claims (the candidate), and whether the configured proof agrees
 * (the verified tenant).
 */
@Injectable()
export class TenantResolver implements OnModuleInit {
  readonly #reader: CandidateReader;
  #verifier: TenantVerifier;

  constructor(
    @Inject(TENANCY_MODULE_OPTIONS) private readonly options: ResolvedTenancyOptions,
    private readonly moduleRef: ModuleRef,
  ) {
    this.#reader = new CandidateReader(options);
    this.#verifier = new TenantVerifier(options, this.#reader, [], undefined);
  }

  /**
   * Finds the providers that the options refer to by token. They may depend on a client of the database, which depends on
   * `TenancyService`: injected into the options they would be a cycle.
   *
   * @throws InvalidOptionsError for a token nothing is provided under
   */
  onModuleInit(): void {
    const { proof, membership } = this.options;
    const proofs = proof.map((one, index) =>
      findReferenced<TenantProof>(this.moduleRef, one, 'prove', `proof[${index}]`),
    );
    const verifier =
      membership === undefined
        ? undefined
        : findReferenced<TenantMembershipVerifier>(this.moduleRef, membership, 'isMember', 'membership');
    this.#verifier = new TenantVerifier(this.options, this.#reader, proofs, verifier);
  }

  /** Whether the request alone tells the tenant, so that no guard has to run before. */
  get needsRequestOnly(): boolean {
    const { tenantExtractor, crossCheck } = this.options;
    const extractors = [tenantExtractor, crossCheck?.extractor].filter((one) => one !== undefined);
    return (
      this.#verifier.membership === undefined &&
      extractors.every(({ needs }) => needs === 'request') &&
      this.#verifier.proofs.every(({ needs }) => (needs ?? 'request') === 'request')
    );
  }

  /**
   * Reads what a request claims, and nothing else.
   *
   * @param request - the request
   * @returns the claim as the request spells it, or `undefined` when it makes none
   * @throws whatever the extractor throws
   */
  claimOf(request: TenancyRequest): Promise<string | undefined> {
    return this.#reader.claimOf(request);
  }

  /**
   * Finds the tenant of a request. What is wrong with the request is part of the answer, and not thrown.
   *
   * @param request - the request
   */
  async resolve(request: TenancyRequest): Promise<TenantResolution> {
    try {
      const candidate = await this.#reader.read(request);
      const evidence = await this.#verifier.evidenceOf(request, candidate);
      const proven = evidence?.tenantId;
      const named = candidate ?? (proven === undefined ? undefined : await this.#reader.accept(proven));
      if (named === undefined) return { kind: 'absent', actor: evidence?.actor, error: this.#absence(evidence) };
      const disagreement = await this.#verifier.verify(named, evidence, request);
      const { tenantId } = named;
      return { kind: 'resolved', tenantId, actor: evidence?.actor, claim: candidate?.claim, disagreement };
    } catch (reason) {
      if (reason instanceof TenantRefused) return reason;
      throw reason;
    }
  }

  /** Whoever shows nothing at all is asked to log in; somebody known is asked which tenant they mean. */
  #absence(evidence: TenantEvidence | undefined): NestarcError {
    const unknown = this.#verifier.proofs.length > 0 && evidence === undefined;
    return unknown ? new TenantUnverifiedError() : new TenantRequiredError();
  }
}
