import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { edgeOf, hasEdge } from '../edge/edge-of';
import type { Eventual } from '../resolution/eventual';
import { Admission } from './admission';
import { TenantDemands } from './tenant-demand';

/**
 * Decides, before any handler runs, which tenant it runs for, and refuses it when there is none. It is a guard and not a
 * middleware, because only here the route is known: an unknown URL stays 404, and a route with `@BypassTenancy()` is not
 * asked for a tenant.
 */
@Injectable()
export class TenancyGuard implements CanActivate {
  constructor(
    private readonly demands: TenantDemands,
    private readonly admission: Admission,
  ) {}

  /**
   * Admits or refuses what Nest is about to run.
   *
   * @param execution - what Nest is about to run
   * @throws HttpException with the code and the status of what is wrong: 400, 401, 403, 404 or 503
   */
  canActivate(execution: ExecutionContext): Eventual<boolean> {
    const demand = this.demands.of(execution);
    // Nothing can open a context there: the handler runs outside of any, where the database refuses.
    if (demand === 'bypassed' && !hasEdge(execution)) return true;
    const edge = edgeOf(execution);
    try {
      if (demand === 'bypassed') return this.admission.bypass(execution, edge);
      const admitted = this.admission.admit(execution, edge, demand);
      if (!(admitted instanceof Promise)) return admitted;
      return admitted.catch((error: unknown) => {
        throw edge.refusal(error, execution);
      });
    } catch (error) {
      throw edge.refusal(error, execution);
    }
  }
}
