import { InvalidTenantIdError, type TenantId } from '@nestarc/core';
import { TenancyEvents } from '../events/tenancy-events';
import type { TenantExtractor } from '../extractors/tenant-extractor';
import type { TenancyRequest } from '../request/tenancy-request';
import type { ResolvedTenancyOptions } from '../tenancy-options.schema';
import { TenantIdPolicy } from '../tenant-id-policy';
import { TenantRefused, verificationFailed } from './resolution';
import { settleWithin } from './settle-within';

/** Hostile input is worth seeing, but not a megabyte of it. */
const REPORTED_LENGTH = 255;

/** A tenant that a request claims or a proof names, as it is spelled and in canonical form. */
export interface Candidate {
  /** As it is spelled. */
  readonly claim: string;
  /** In canonical form. */
  readonly tenantId: TenantId;
}

/** Reads what a request claims. */
export class CandidateReader {
  readonly #policy: TenantIdPolicy;

  constructor(private readonly options: ResolvedTenancyOptions) {
    this.#policy = new TenantIdPolicy(options);
  }

  /**
   * Reads the claim of a request.
   *
   * @param request - the request
   * @returns the claim as the request spells it, or `undefined` when it makes none
   * @throws whatever the extractor throws
   */
  async claimOf(request: TenancyRequest): Promise<string | undefined> {
    const { tenantExtractor } = this.options;
    return tenantExtractor === undefined ? undefined : this.extract(tenantExtractor, request);
  }

  /**
   * Reads the claim of a request, and brings it into canonical form.
   *
   * @param request - the request
   * @throws {@link TenantRefused} when the claim cannot be read or is no tenant id
   */
  async read(request: TenancyRequest): Promise<Candidate | undefined> {
    let claim: string | undefined;
    try {
      claim = await this.claimOf(request);
    } catch (error) {
      const { name, message } = error instanceof Error ? error : { name: 'NonErrorThrown', message: String(error) };
      throw new TenantRefused(error, TenancyEvents.EXTRACTION_FAILED, { errorName: name, errorMessage: message });
    }
    return claim === undefined ? undefined : this.accept(claim);
  }

  /**
   * Asks an extractor.
   *
   * @param extractor - the extractor
   * @param request - the request
   * @throws whatever the extractor throws
   */
  async extract(extractor: TenantExtractor, request: TenancyRequest): Promise<string | undefined> {
    const text = await settleWithin('The tenant extractor', extractor.extract(request), this.options.timeoutMs);
    return text === null || text === undefined || text === '' ? undefined : text;
  }

  /**
   * Brings the spelling of a tenant id into canonical form.
   *
   * @param claim - the id as it is spelled
   * @throws {@link TenantRefused} when it is none
   */
  async accept(claim: string): Promise<Candidate> {
    try {
      const tenantId = await settleWithin('validateTenantId', this.#policy.accept(claim), this.options.timeoutMs);
      return { claim, tenantId };
    } catch (error) {
      if (!(error instanceof InvalidTenantIdError)) throw verificationFailed(error);
      const tenantId = String(claim).slice(0, REPORTED_LENGTH);
      throw new TenantRefused(error, TenancyEvents.VALIDATION_FAILED, { tenantId });
    }
  }
}
