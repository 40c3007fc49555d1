import { inspect } from 'node:util';
import { InvalidTenantIdError, type TenantId } from '@nestarc/core';
import { TenancyEvents } from '../events/tenancy-events';
import type { TenantExtractor } from '../extractors/tenant-extractor';
import type { TenancyRequest } from '../request/tenancy-request';
import type { ResolvedTenancyOptions } from '../tenancy-options.schema';
import { TenantIdPolicy } from '../tenant-id-policy';
import type { Eventual } from './eventual';
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
    let claim: Eventual<string | undefined>;
    try {
      claim = this.#claimOf(request);
    } catch (error) {
      throw extractionFailed(error);
    }
    if (!(claim instanceof Promise)) return this.#acceptIfAny(claim);
    const named = claim.catch((error: unknown) => {
      throw extractionFailed(error);
    });
    return named.then((text) => this.#acceptIfAny(text));
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
    return text instanceof Promise ? text.then(unlessEmpty) : unlessEmpty(text);
  }

  /**
   * Brings the spelling of a tenant id into canonical form.
   *
   * @param claim - the id as it is spelled
   * @throws {@link TenantRefused} when it is none
   */
  accept(claim: string): Eventual<Candidate> {
    try {
      const tenantId = settleWithin('validateTenantId', this.#policy.accept(claim), this.options.timeoutMs);
      if (!(tenantId instanceof Promise)) return { claim, tenantId };
      return tenantId.then(
        (id) => ({ claim, tenantId: id }),
        (error: unknown) => {
          throw validationFailed(error, claim);
        },
      );
    } catch (error) {
      throw validationFailed(error, claim);
    }
  }

  #acceptIfAny(claim: string | undefined): Eventual<Candidate | undefined> {
    return claim === undefined ? undefined : this.accept(claim);
  }

  #claimOf(request: TenancyRequest): Eventual<string | undefined> {
    const { tenantExtractor } = this.options;
    return tenantExtractor === undefined ? undefined : this.extract(tenantExtractor, request);
  }
}

const unlessEmpty = (claim: string | null | undefined): string | undefined =>
  claim === null || claim === '' ? undefined : claim;

function extractionFailed(error: unknown): TenantRefused {
  const { name, message } = error instanceof Error ? error : { name: 'NonErrorThrown', message: inspect(error) };
  return new TenantRefused(error, TenancyEvents.EXTRACTION_FAILED, { errorName: name, errorMessage: message });
}

function validationFailed(error: unknown, claim: string): TenantRefused {
  if (!(error instanceof InvalidTenantIdError)) return verificationFailed(error);
  const tenantId = String(claim).slice(0, REPORTED_LENGTH);
  return new TenantRefused(error, TenancyEvents.VALIDATION_FAILED, { tenantId });
}
