import { inspect } from 'node:util';
import { InvalidTenantIdError, type TenantId } from '@nestarc/core';
import { TenancyEvents } from '../events/tenancy-events';
import type { TenantExtractor } from '../extractors/tenant-extractor';
import type { TenancyRequest } from '../request/tenancy-request';
import type { ResolvedTenancyOptions } from '../tenancy-options.schema';
import { TenantIdPolicy } from '../tenant-id-policy';
import { andThen, type Eventual, orElse } from './eventual';
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
   * Reads the claim of a request, and brings it into canonical form.
   *
   * @param request - the request
   * @throws {@link TenantRefused} when the claim cannot be read or is no tenant id
   */
  read(request: TenancyRequest): Eventual<Candidate | undefined> {
    const claim = orElse(
      () => this.#claimOf(request),
      (error) => {
        const { name, message } = error instanceof Error ? error : { name: 'NonErrorThrown', message: inspect(error) };
        throw new TenantRefused(error, TenancyEvents.EXTRACTION_FAILED, { errorName: name, errorMessage: message });
      },
    );
    return andThen(claim, (text) => (text === undefined ? undefined : this.accept(text)));
  }

  /**
   * Asks an extractor.
   *
   * @param extractor - the extractor
   * @param request - the request
   * @throws whatever the extractor throws
   */
  extract(extractor: TenantExtractor, request: TenancyRequest): Eventual<string | undefined> {
    const text = settleWithin('The tenant extractor', extractor.extract(request), this.options.timeoutMs);
    return andThen(text, (claim) => (claim === null || claim === '' ? undefined : claim));
  }

  /**
   * Brings the spelling of a tenant id into canonical form.
   *
   * @param claim - the id as it is spelled
   * @throws {@link TenantRefused} when it is none
   */
  accept(claim: string): Eventual<Candidate> {
    return orElse(
      () => {
        const tenantId = settleWithin('validateTenantId', this.#policy.accept(claim), this.options.timeoutMs);
        return andThen(tenantId, (id) => ({ claim, tenantId: id }));
      },
      (error) => {
        if (!(error instanceof InvalidTenantIdError)) throw verificationFailed(error);
        const tenantId = String(claim).slice(0, REPORTED_LENGTH);
        throw new TenantRefused(error, TenancyEvents.VALIDATION_FAILED, { tenantId });
      },
    );
  }

  #claimOf(request: TenancyRequest): Eventual<string | undefined> {
    const { tenantExtractor } = this.options;
    return tenantExtractor === undefined ? undefined : this.extract(tenantExtractor, request);
  }
}
