import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { TenantRequiredError } from '../errors/tenant-required.error';
import { TenantUnverifiedError } from '../errors/tenant-unverified.error';
import type { TenantMembershipVerifier } from '../proof/tenant-membership';
import type { TenantEvidence, TenantProof } from '../proof/tenant-proof';
import type { TenancyRequest } from '../request/tenancy-request';
import type { ResolvedTenancyOptions } from '../tenancy-options.schema';
import { TENANCY_MODULE_OPTIONS } from '../tenancy.tokens';
import { type Candidate, CandidateReader } from './candidate-reader';
import type { Eventual } from './eventual';
import { assertWorkable } from './proof.check';
import { findReferenced } from './referenced-provider';
import { type TenantAbsent, TenantRefused, type TenantResolution, type TenantResolved } from './resolution';
import { TenantVerifier } from './tenant-verifier';

/**
 * Turns a request into a tenant, in two steps: what it claims (the candidate), and whether the configured proof agrees
 * (the verified tenant).
 */
@Injectable()
export class TenantResolver implements OnModuleInit {
  readonly #reader: CandidateReader;
  #made: TenantVerifier | undefined;
  #requestOnly: boolean | undefined;

  constructor(
    @Inject(TENANCY_MODULE_OPTIONS) private readonly options: ResolvedTenancyOptions,
    private readonly moduleRef: ModuleRef,
  ) {
    this.#reader = new CandidateReader(options);
  }

  /**
   * Called by Nest when all providers are there.
   *
   * @throws InvalidOptionsError for a token nothing is provided under
   */
  onModuleInit(): void {
    this.#made = this.#makeVerifier();
  }

  /**
   * Messages may come before {@link TenantResolver.onModuleInit}: `startAllMicroservices()` does not wait for it, nor do
   * gateways with a port of their own, in Nest 10 and 11.
   */
  get #verifier(): TenantVerifier {
    return (this.#made ??= this.#makeVerifier());
  }

  /**
   * Finds the providers that the options refer to by token. They may depend on a client of the database, which depends on
   * `TenancyService`: injected into the options they would be a cycle.
   */
  #makeVerifier(): TenantVerifier {
    const { proof, membership } = this.options;
    const proofs = proof.map((one, index) =>
      findReferenced<TenantProof>(this.moduleRef, one, 'prove', `proof[${index}]`),
    );
    const verifier =
      membership === undefined
        ? undefined
        : findReferenced<TenantMembershipVerifier>(this.moduleRef, membership, 'isMember', 'membership');
    assertWorkable(this.options, proofs, verifier);
    return new TenantVerifier(this.options, this.#reader, proofs, verifier);
  }

  /** Whether the request alone tells the tenant, so that no guard has to run before. */
  get needsRequestOnly(): boolean {
    return (this.#requestOnly ??= this.#canDoWithoutGuards());
  }

  #canDoWithoutGuards(): boolean {
    const { tenantExtractor, crossCheck } = this.options;
    const extractors = [tenantExtractor, crossCheck?.extractor].filter((one) => one !== undefined);
    const { membership, proofs } = this.#verifier;
    return membership === undefined && [...extractors, ...proofs].every(({ needs }) => needs === 'request');
  }

  /**
   * Finds the tenant of a request. What is wrong with the request is part of the answer, and not thrown.
   *
   * @param request - the request
   */
  resolve(request: TenancyRequest): Eventual<TenantResolution> {
    if (!this.#verifier.believesAll) return this.#verify(request).catch(asRefusal);
    try {
      const candidate = this.#reader.read(request);
      if (candidate instanceof Promise) return candidate.then(this.#believe).catch(asRefusal);
      return this.#believe(candidate);
    } catch (reason) {
      return asRefusal(reason);
    }
  }

  readonly #believe = (candidate: Candidate | undefined): TenantResolution =>
    candidate === undefined ? this.#absent(undefined) : resolved(candidate);

  async #verify(request: TenancyRequest): Promise<TenantResolution> {
    const candidate = await this.#reader.read(request);
    const evidence = await this.#verifier.evidenceOf(request, candidate);
    const proven = evidence?.tenantId;
    const named = candidate ?? (proven === undefined ? undefined : await this.#reader.accept(proven));
    if (named === undefined) return this.#absent(evidence);
    return resolved(named, evidence, await this.#verifier.verify(named, evidence, request));
  }

  /** Whoever shows nothing at all is asked to log in; somebody known is asked which tenant they mean. */
  #absent(evidence: TenantEvidence | undefined): TenantAbsent {
    const unknown = this.#verifier.proofs.length > 0 && evidence === undefined;
    const error = unknown ? new TenantUnverifiedError() : new TenantRequiredError();
    return { kind: 'absent', actor: evidence?.actor, error };
  }
}

function asRefusal(reason: unknown): TenantRefused {
  if (reason instanceof TenantRefused) return reason as TenantRefused;
  throw reason;
}

function resolved({ tenantId }: Candidate, evidence?: TenantEvidence, disagreement?: TenantRefused): TenantResolved {
  return { kind: 'resolved', tenantId, actor: evidence?.actor, disagreement };
}
