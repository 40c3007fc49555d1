import { amendContext, withdrawTenant } from '@nestarc/core';
import { Inject, Injectable } from '@nestjs/common';
import type { TenancyRequest } from '../request/tenancy-request';
import { andThen, type Eventual, orElse } from '../resolution/eventual';
import type { TenantResolution, TenantResolved } from '../resolution/resolution';
import { TenantResolver } from '../resolution/tenant-resolver';
import type { ResolvedTenancyOptions } from '../tenancy-options.schema';
import { TENANCY_MODULE_OPTIONS } from '../tenancy.tokens';

/**
 * Resolves tenants ahead of the router, so that providers that are made for a request, and guards that run before
 * `TenancyGuard`, see the tenant, too. It never answers: the route is not known yet, and it may need no tenant.
 */
@Injectable()
export class EarlyResolutions {
  readonly #resolved = new WeakMap<TenancyRequest, TenantResolved>();

  constructor(
    @Inject(TENANCY_MODULE_OPTIONS) private readonly options: ResolvedTenancyOptions,
    private readonly resolver: TenantResolver,
  ) {}

  /**
   * Puts the tenant of a request into its context, where the request alone tells it.
   *
   * @param request - the request
   */
  attempt(request: TenancyRequest): Eventual<void> {
    // An application that places the guard itself decides by it which handlers have a tenant.
    const attempts = this.options.guard === 'global' && this.resolver.needsRequestOnly;
    return attempts ? this.#attempt(request) : undefined;
  }

  /**
   * Gives what was found out before, unless the request claims something else by now: middleware in between may have
   * rewritten a header.
   *
   * @param request - the request
   */
  of(request: TenancyRequest): Eventual<TenantResolved | undefined> {
    const resolved = this.#resolved.get(request);
    if (resolved === undefined) return undefined;
    const claim = orElse(
      () => this.resolver.claimOf(request),
      () => undefined,
    );
    return andThen(claim, (now) => {
      if (now === resolved.claim) return resolved;
      withdrawTenant();
      return undefined;
    });
  }

  #attempt(request: TenancyRequest): Eventual<void> {
    return orElse(
      () => andThen(this.resolver.resolve(request), (resolution) => this.#remember(request, resolution)),
      // The guard asks again, and answers where the route needs a tenant.
      () => undefined,
    );
  }

  #remember(request: TenancyRequest, resolution: TenantResolution): void {
    if (resolution.kind !== 'resolved') return;
    const { tenantId, actor } = resolution;
    amendContext(actor === undefined ? { tenantId } : { tenantId, actor });
    this.#resolved.set(request, resolution);
  }
}
