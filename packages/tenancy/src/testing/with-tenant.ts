import { createContext, currentContext, runWithContext } from '@nestarc/core';
import type { TenancyContext } from '../service/tenancy-context';
import { DEFAULT_RULES, TenantIdPolicy } from '../tenant-id-policy';

/** What runs work as a tenant; `TenancyService` does. */
export interface TenantRunner {
  /**
   * Runs a function as a tenant.
   *
   * @param tenantId - the tenant
   * @param callback - the function
   */
  runAs<T>(tenantId: string, callback: () => T | PromiseLike<T>): Promise<T>;
}

const builtInRule: TenantRunner = {
  async runAs<T>(tenantId: string, callback: () => T | PromiseLike<T>): Promise<T> {
    const trusted = new TenantIdPolicy(DEFAULT_RULES).trust(tenantId);
    const context = createContext({ ...currentContext(), mode: 'tenant', tenantId: trusted });
    return runWithContext(context, async () => await callback());
  },
};

/**
 * Runs a function, and everything it starts, as a tenant.
 *
 * @param tenantId - the tenant
 * @param callback - the function; what it returns is awaited inside the tenant's context, so returning a Prisma promise
 *   without `await` is safe
 * @param tenancy - the application's `TenancyService` or `TenancyContext`, for ids that only its own rule accepts. Defaults
 *   to the built-in rule
 * @throws InvalidTenantIdError when the id is not well formed
 */
export async function withTenant<T>(
  tenantId: string,
  callback: () => T | PromiseLike<T>,
  tenancy: TenantRunner | Pick<TenancyContext, 'run'> = builtInRule,
): Promise<T> {
  return 'runAs' in tenancy ? tenancy.runAs(tenantId, callback) : tenancy.run(tenantId, async () => await callback());
}
