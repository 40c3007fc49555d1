import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { BYPASS_TENANCY_KEY, TENANT_OPTIONAL_KEY } from '../tenancy.tokens';

/** What a handler says about tenants: it needs one, takes one or none, or has none. */
export type TenantDemand = 'required' | 'optional' | 'bypassed';

/** Reads what `@BypassTenancy()` and `@TenantOptional()` say, on the handler first and then on its class. */
@Injectable()
export class TenantDemands {
  constructor(private readonly reflector: Reflector) {}

  /**
   * Tells what the handler of an execution says about tenants.
   *
   * @param execution - what Nest is about to run
   */
  of(execution: ExecutionContext): TenantDemand {
    for (const target of [execution.getHandler(), execution.getClass()]) {
      if (this.reflector.get<boolean | undefined>(BYPASS_TENANCY_KEY, target) === true) return 'bypassed';
      if (this.reflector.get<boolean | undefined>(TENANT_OPTIONAL_KEY, target) === true) return 'optional';
    }
    return 'required';
  }
}
