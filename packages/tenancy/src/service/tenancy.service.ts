import { currentContext, TenantContextMissingError } from '@nestarc/core';
import { Inject, Injectable } from '@nestjs/common';
import { TenancyEventService } from '../events/tenancy-event.service';
import { TenancyEvents } from '../events/tenancy-events';
import type { ResolvedTenancyOptions } from '../tenancy-options.schema';
import { TENANCY_MODULE_OPTIONS } from '../tenancy.tokens';
import { type ForEachTenantOptions, forEachTenant, type TenantIds, type TenantRunReport } from './for-each-tenant';
import { TenancyContext } from './tenancy-context';

/** Tells which tenant the running work belongs to, and runs work as another one, as many, or as none. */
@Injectable()
export class TenancyService {
  readonly #context: TenancyContext;

  constructor(
    /** The resolved options of the module. */
    @Inject(TENANCY_MODULE_OPTIONS) readonly options: ResolvedTenancyOptions,
    private readonly events: TenancyEventService,
  ) {
    this.#context = new TenancyContext(options);
  }

  /** Gives the current tenant's id, or `null` when there is none. */
  getCurrentTenant(): string | null {
    return this.#context.getTenantId();
  }

  /**
   * Gives the current tenant's id.
   *
   * @throws TenantContextMissingError when there is none
   */
  getCurrentTenantOrThrow(): string {
    const tenantId = this.getCurrentTenant();
    if (tenantId === null) throw new TenantContextMissingError();
    return tenantId;
  }

  /** Tells whether the running work does without a tenant on purpose. */
  isTenantBypassed(): boolean {
    return this.#context.isBypassed();
  }

  /**
   * Runs a function, and everything it starts, as a tenant. Request id and actor stay those of the running work.
   *
   * @param tenantId - the tenant
   * @param callback - the function; what it returns is awaited inside the tenant's context, so returning a Prisma promise
   *   without `await` is safe
   * @throws InvalidTenantIdError when the id is not well formed
   */
  async runAs<T>(tenantId: string, callback: () => T | PromiseLike<T>): Promise<T> {
    return this.#context.run(tenantId, async () => await callback());
  }

  /**
   * Runs a function once for each tenant, some at a time, each in its tenant's context. A tenant whose run fails does not
   * keep the others from theirs; the report names it.
   *
   * @param tenants - the tenants, as a list or as they come
   * @param work - the function
   * @param options - see {@link ForEachTenantOptions}
   * @returns who went well, who failed and why, and who was not reached
   */
  async forEachTenant<T>(
    tenants: TenantIds,
    work: (tenantId: string) => T | PromiseLike<T>,
    options: ForEachTenantOptions = {},
  ): Promise<TenantRunReport<T>> {
    return forEachTenant(this, tenants, work, options);
  }

  /**
   * Runs a function, and everything it starts, without a tenant: row-level security shows it no tenant's rows. Announced
   * as `tenant.context_bypassed`.
   *
   * @param callback - the function; what it returns is awaited outside of any tenant
   */
  async withoutTenant<T>(callback: () => T | PromiseLike<T>): Promise<T> {
    const previousTenantId = currentContext()?.tenantId;
    this.events.emit(TenancyEvents.CONTEXT_BYPASSED, { reason: 'withoutTenant', previousTenantId });
    return this.#context.runWithoutTenant(async () => await callback());
  }
}
