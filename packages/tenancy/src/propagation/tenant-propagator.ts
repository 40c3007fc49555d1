/** Tells which tenant the running work belongs to, as `TenancyContext` does. */
export interface TenantSource {
  /** Gives the current tenant's id, or `null` when there is none. */
  getTenantId(): string | null;
}

/** Gives headers that tell another service the current tenant. */
export interface TenantPropagator {
  /** Makes the headers; there are none without a tenant. */
  getHeaders(): Record<string, string>;
}

/**
 * Writes the current tenant into messages, and reads it from them.
 *
 * @typeParam TCarrier - the message, job data or metadata
 */
export interface TenantContextCarrier<TCarrier = unknown> {
  /**
   * Writes the current tenant into a carrier.
   *
   * @param carrier - what is about to be sent
   * @returns the carrier with the tenant in it; the carrier as it is when there is no tenant
   */
  inject(carrier: TCarrier): TCarrier;
  /**
   * Reads the tenant from a carrier.
   *
   * @param carrier - what was received
   * @returns the tenant's id, or `null` when the carrier names none
   */
  extract(carrier: TCarrier): string | null;
}
