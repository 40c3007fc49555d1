import { createContext, currentContext, runWithContext, TenantContextMissingError } from '@nestarc/core';
import { NestEventSink } from '@nestarc/core/nest';
import { Inject, Injectable } from '@nestjs/common';
import { TenancyEvents, type TenantContextBypassedEvent } from './events/tenancy-events';
import type { ResolvedTenancyOptions } from './tenancy.options';
import { TENANCY_MODULE_OPTIONS } from './tenancy.tokens';
import { TenantIdPolicy } from './tenant-id-policy';

/** Tells which tenant the running work belongs to, and runs work as another one or as none. */
@Injectable()
export class TenancyService {
  readonly #policy: TenantIdPolicy;

  constructor(
    /** The resolved options of the module. */
    @Inject(TENANCY_MODULE_OPTIONS) readonly options: ResolvedTenancyOptions,
    private readonly events: NestEventSink,
  ) {
    this.#policy = new TenantIdPolicy(options);
  }

  /** Gives the current tenant's id, or `null` when there is none. */
  getCurrentTenant(): string | null {
    return currentContext()?.tenantId ?? null;
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
    return currentContext()?.mode === 'bypass';
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
    const context = createContext({ ...currentContext(), mode: 'tenant', tenantId: this.#policy.trust(tenantId) });
    return runWithContext(context, async () => await callback());
  }

  /**
   * Runs a function, and everything it starts, without a tenant: row-level security shows it no tenant's rows. Announced
   * as `tenant.context_bypassed`.
   *
   * @param callback - the function; what it returns is awaited outside of any tenant
   */
  async withoutTenant<T>(callback: () => T | PromiseLike<T>): Promise<T> {
    const current = currentContext();
    const event: TenantContextBypassedEvent = { reason: 'withoutTenant', previousTenantId: current?.tenantId };
    this.events.emit(TenancyEvents.CONTEXT_BYPASSED, event);
    return runWithContext(createContext({ ...current, mode: 'bypass' }), async () => await callback());
  }
}
