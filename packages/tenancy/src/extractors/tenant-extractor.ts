/** The part of an HTTP request that extractors read; Express and Fastify requests both have it. */
export interface TenancyRequest {
  /** Header values by lower-case name. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Finds the tenant a request claims to be for. */
export interface TenantExtractor {
  /**
   * Reads the claimed tenant id.
   *
   * @param request - the request
   * @returns the id as the request spells it, or `null` when it names none
   */
  extract(request: TenancyRequest): string | null | Promise<string | null>;
}
