import { type Actor, amendContext, type TenantId, withdrawIdentity } from '@nestarc/core';
import { Inject, Injectable } from '@nestjs/common';
import type { TenancyRequest } from '../request/tenancy-request';
import type { Eventual } from '../resolution/eventual';
import type { TenantResolution } from '../resolution/resolution';
import { settleWithin } from '../resolution/settle-within';
import { TenantResolver } from '../resolution/tenant-resolver';
import type { ResolvedTenancyOptions } from '../tenancy-options.schema';
import { TENANCY_MODULE_OPTIONS } from '../tenancy.tokens';

/** How long a route that may need no tenant waits for one; what takes longer is left to the guard. */
const PATIENCE_MS = 250;

/** On the request itself: a WeakMap of requests costs the garbage collector several microseconds for each. */
const EARLY: unique symbol = Symbol('nestarc.early-identity');

interface ResolvedAhead extends TenancyRequest {
  [EARLY]?: EarlyIdentity | undefined;
}

interface EarlyIdentity {
  readonly tenantId: TenantId;
  readonly actor: Actor | undefined;
}

/**
 * Resolves tenants ahead of the router, so that providers that are made for a request, and guards that run before
 * `TenancyGuard`, see the tenant, too. It never answers: the route is not known yet, and it may need no tenant. What it
 * finds is provisional: the guard resolves again, because middleware in between may have changed what the request says.
 */
@Injectable()
export class EarlyResolutions {
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
    if (this.options.guard !== 'global' || !this.resolver.needsRequestOnly) return undefined;
    try {
      const resolution = settleWithin('The early resolution', this.resolver.resolve(request), PATIENCE_MS);
      if (!(resolution instanceof Promise)) return this.#enter(request, resolution);
      return resolution.then((late) => this.#enter(request, late)).catch(leaveToGuard);
    } catch {
      return leaveToGuard();
    }
  }

  /**
   * Takes the provisional identity back, unless it is what the guard has found, too.
   *
   * @param request - the request
   * @param resolution - what the guard has found
   */
  settle(request: ResolvedAhead, resolution: TenantResolution): void {
    const early = request[EARLY];
    if (early === undefined) return;
    request[EARLY] = undefined;
    if (resolution.kind !== 'resolved' || !isSame(early, resolution)) withdrawIdentity(early);
  }

  #enter(request: ResolvedAhead, resolution: TenantResolution): void {
    if (resolution.kind !== 'resolved') return;
    const { tenantId, actor } = resolution;
    amendContext(actor === undefined ? { tenantId } : { tenantId, actor });
    request[EARLY] = resolution;
  }
}

/** What fails here fails in the guard, too, which answers where the route needs a tenant. */
const leaveToGuard = (): void => undefined;

function isSame(one: EarlyIdentity, other: EarlyIdentity): boolean {
  return one.tenantId === other.tenantId && one.actor?.id === other.actor?.id && one.actor?.type === other.actor?.type;
}
