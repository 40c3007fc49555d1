import { singleHeader } from '../request/single-header';
import type { TenancyRequest } from '../request/tenancy-request';
import type { TenantExtractor } from './tenant-extractor';

/** Reads the tenant id from a header. */
export class HeaderTenantExtractor implements TenantExtractor {
  /** The request alone tells. */
  readonly needs = 'request';
  readonly #name: string;

  /** @param name - name of the header, in any case */
  constructor(name: string) {
    this.#name = name.toLowerCase();
  }

  /**
   * Reads the header.
   *
   * @param request - the request
   * @throws RepeatedHeaderError when it was sent more than once
   */
  extract(request: TenancyRequest): string | null {
    return singleHeader(request, this.#name) ?? null;
  }
}
