import { resolveOptions } from '@nestarc/core';
import { z } from 'zod';
import type { TenancyRequest } from '../request/tenancy-request';
import type { TenantExtractor } from './tenant-extractor';

const schema = z.object({
  extractors: z
    .array(
      z.custom<TenantExtractor>(
        (value) => typeof value === 'object' && typeof (value as TenantExtractor | null)?.extract === 'function',
        'expected an object with an extract() method',
      ),
    )
    .min(1, 'expected at least one extractor'),
});

/**
 * Asks several extractors in order; the first that names a tenant decides. One that throws ends the search: a request
 * that is refused by one source does not get through by another.
 */
export class CompositeTenantExtractor implements TenantExtractor {
  /** Whether every one of them reads verified values only. */
  readonly verified: boolean;
  /** `request` where the request alone tells each of them. */
  readonly needs: 'request' | 'guard';
  readonly #extractors: readonly TenantExtractor[];

  /**
   * @param extractors - the extractors, in the order they are asked
   * @throws InvalidOptionsError when there is none, or one of them is something else
   */
  constructor(extractors: readonly TenantExtractor[]) {
    this.#extractors = resolveOptions('CompositeTenantExtractor', schema, { extractors }).extractors;
    this.verified = this.#extractors.every(({ verified }) => verified === true);
    this.needs = this.#extractors.every(({ needs }) => needs === 'request') ? 'request' : 'guard';
  }

  /**
   * Asks the extractors.
   *
   * @param request - the request
   * @returns the first tenant named, at once unless an extractor that was asked takes its time
   * @throws whatever an extractor throws
   */
  extract(request: TenancyRequest): string | null | Promise<string | null> {
    return this.#from(0, request);
  }

  #from(start: number, request: TenancyRequest): string | null | Promise<string | null> {
    for (let index = start; index < this.#extractors.length; index += 1) {
      const found = this.#extractors[index]?.extract(request) ?? null;
      if (typeof found === 'object' && found !== null) {
        return Promise.resolve(found).then((tenantId) =>
          isNamed(tenantId) ? tenantId : this.#from(index + 1, request),
        );
      }
      if (isNamed(found)) return found;
    }
    return null;
  }
}

/** Extractors written in JavaScript say `undefined` or `''` for nothing. */
function isNamed(found: string | null | undefined): found is string {
  return found !== null && found !== undefined && found !== '';
}
