import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { BYPASS_TENANCY_KEY, TENANT_OPTIONAL_KEY } from '../tenancy.tokens';

/** What a handler says about tenants: it needs one, takes one or none, or has none. */
export type TenantDemand = 'required' | 'optional' | 'bypassed';

/**
 * Reads what `@BypassTenancy()` and `@TenantOptional()` say, on the handler first and then on its class. Once for each: four
 * look-ups of metadata a request are several microseconds.
 */
@Injectable()
export class TenantDemands {
  readonly #known = new WeakMap<object, WeakMap<object, TenantDemand>>();

  constructor(private readonly reflector: Reflector) {}

  /**
   * Tells what the handler of an execution says about tenants.
   *
   * @param execution - what Nest is about to run
   */
  of(execution: ExecutionContext): TenantDemand {
    const handler = execution.getHandler();
    const owner = execution.getClass();
    let ofOwner = this.#known.get(owner);
    if (ofOwner === undefined) this.#known.set(owner, (ofOwner = new WeakMap()));
    let demand = ofOwner.get(handler);
    if (demand === undefined) ofOwner.set(handler, (demand = this.#read([handler, owner])));
    return demand;
  }

  #read(targets: readonly Parameters<Reflector['get']>[1][]): TenantDemand {
    for (const target of targets) {
      if (this.reflector.get<boolean | undefined>(BYPASS_TENANCY_KEY, target) === true) return 'bypassed';
      if (this.reflector.get<boolean | undefined>(TENANT_OPTIONAL_KEY, target) === true) return 'optional';
    }
    return 'required';
  }
}
