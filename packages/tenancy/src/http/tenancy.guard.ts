import { amendContext, currentContext, InvalidTenantIdError } from '@nestarc/core';
import { NestEventSink } from '@nestarc/core/nest';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { TenantRequiredError } from '../errors/tenant-required.error';
import { TenancyEvents } from '../events/tenancy-events';
import type { TenancyRequest } from '../request/tenancy-request';
import type { ResolvedTenancyOptions } from '../tenancy.options';
import { BYPASS_TENANCY_KEY, TENANCY_MODULE_OPTIONS } from '../tenancy.tokens';
import { TenantIdPolicy } from '../tenant-id-policy';

const LOGGED_LENGTH = 255;

/**
 * Decides, before any handler runs, which tenant a request belongs to, and refuses one that has none. It is a guard and
 * not a middleware, because only here the route is known: an unknown URL stays 404, and a route with `@BypassTenancy()`
 * is not asked for a tenant.
 */
@Injectable()
export class TenancyGuard implements CanActivate {
  readonly #policy: TenantIdPolicy;

  constructor(
    @Inject(TENANCY_MODULE_OPTIONS) private readonly options: ResolvedTenancyOptions,
    private readonly reflector: Reflector,
    private readonly events: NestEventSink,
  ) {
    this.#policy = new TenantIdPolicy(options);
  }

  /**
   * Resolves the tenant of the request.
   *
   * @param execution - what Nest is about to run
   * @throws TenantRequiredError when the request names no tenant
   * @throws InvalidTenantIdError when the id is not well formed
   */
  async canActivate(execution: ExecutionContext): Promise<boolean> {
    if (this.#isBypassed(execution)) {
      if (currentContext() !== undefined) amendContext({ mode: 'bypass' });
      this.events.emit(TenancyEvents.CONTEXT_BYPASSED, { reason: 'decorator' });
      return true;
    }
    if (execution.getType() !== 'http') return this.#requireTenant();
    const candidate = await this.options.tenantExtractor.extract(execution.switchToHttp().getRequest<TenancyRequest>());
    if (candidate === null || candidate === undefined || candidate === '') return this.#requireTenant(null);
    const tenantId = await this.#accept(candidate);
    amendContext({ tenantId });
    this.events.emit(TenancyEvents.RESOLVED, { tenantId });
    return true;
  }

  #isBypassed(execution: ExecutionContext): boolean {
    const targets = [execution.getHandler(), execution.getClass()];
    return this.reflector.getAllAndOverride<boolean | undefined>(BYPASS_TENANCY_KEY, targets) === true;
  }

  /** Other transports must bring their tenant with them, as a context that was opened around the message. */
  #requireTenant(tenantId: string | null = currentContext()?.tenantId ?? null): true {
    if (tenantId !== null) return true;
    this.events.emit(TenancyEvents.NOT_FOUND, { requestId: currentContext()?.requestId });
    throw new TenantRequiredError();
  }

  async #accept(candidate: string): ReturnType<TenantIdPolicy['accept']> {
    try {
      return await this.#policy.accept(candidate);
    } catch (error) {
      if (error instanceof InvalidTenantIdError) {
        this.events.emit(TenancyEvents.VALIDATION_FAILED, { tenantId: String(candidate).slice(0, LOGGED_LENGTH) });
      }
      throw error;
    }
  }
}
