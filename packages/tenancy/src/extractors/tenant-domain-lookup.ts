/** Knows which tenant a custom domain belongs to. */
export interface TenantDomainLookup {
  /**
   * Finds the tenant of a domain. It is asked outside of any tenant, and not in the context of one request: the answer
   * serves all that wait for it.
   *
   * @param host - host name in lower case, without port, or an IP address
   * @returns the tenant's id, only for domains whose ownership was verified; `null` for all others
   */
  findTenantByDomain(host: string): string | null | Promise<string | null>;
}
