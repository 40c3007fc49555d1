import { createContext, currentContext, runWithContext } from '@nestarc/core';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { TENANCY_MODULE_OPTIONS } from '../tenancy.tokens';
import { type TenantIdRules, TenantIdPolicy } from '../tenant-id-policy';

/** Ids that a program sets by hand, where no module is configured: any text that can be one. */
const ANY_TEXT: TenantIdRules = Object.freeze({ tenantIdFormat: 'text' });

/**
 * The tenant the running work belongs to. Every instance speaks of the same: inject it, or make one where there is no
 * injector.
 */
@Injectable()
export class TenancyContext {
  readonly #policy: TenantIdPolicy;

  /** @param rules - which texts are tenant ids. Defaults to any text of up to 255 characters */
  constructor(@Optional() @Inject(TENANCY_MODULE_OPTIONS) rules?: TenantIdRules) {
    this.#policy = new TenantIdPolicy(rules ?? ANY_TEXT);
  }

  /** Gives the current tenant's id, or `null` when there is none. */
  static getCurrentTenantId(): string | null {
    return currentContext()?.tenantId ?? null;
  }

  /** Gives the current tenant's id, or `null` when there is none. */
  getTenantId(): string | null {
    return TenancyContext.getCurrentTenantId();
  }

  /** Tells whether the running work does without a tenant on purpose. */
  isBypassed(): boolean {
    return currentContext()?.mode === 'bypass';
  }

  /**
   * Runs a function, and everything it starts, as a tenant. Request id and actor stay those of the running work.
   *
   * @param tenantId - the tenant
   * @param callback - the function
   * @returns what the function returns; a Prisma promise belongs to the tenant wherever it is awaited
   * @throws InvalidTenantIdError when the id is not well formed
   */
  run<T>(tenantId: string, callback: () => T): T {
    const context = createContext({ ...currentContext(), mode: 'tenant', tenantId: this.#policy.trust(tenantId) });
    return runWithContext(context, callback);
  }

  /**
   * Runs a function, and everything it starts, without a tenant: row-level security shows it no tenant's rows.
   *
   * @param callback - the function
   */
  runWithoutTenant<T>(callback: () => T): T {
    return runWithContext(createContext({ ...currentContext(), mode: 'bypass' }), callback);
  }
}
