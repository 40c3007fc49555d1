import type { TenancyRequest, TenantExtractor } from './tenant-extractor';

/** Reads the tenant id from a header. */
export class HeaderTenantExtractor implements TenantExtractor {
  readonly #name: string;

  /** @param name - name of the header, in any case */
  constructor(name: string) {
    this.#name = name.toLowerCase();
  }

  /**
   * Reads the header. One that was sent twice arrives as `a, b`, which is no valid id and is refused as such: picking one
   * of the two would let a proxy and the application disagree about the tenant.
   *
   * @param request - the request
   */
  extract(request: TenancyRequest): string | null {
    const value = request.headers[this.#name];
    const text = Array.isArray(value) ? value.join(', ') : value;
    return text === undefined || text === '' ? null : text;
  }
}
