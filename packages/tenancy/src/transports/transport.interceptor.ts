import { runWithContext } from '@nestarc/core';
import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import { type Observable, throwError } from 'rxjs';
import { edgeOf } from '../edge/edge-of';
import { TenantRequiredError } from '../errors/tenant-required.error';
import type { ResolvedTenancyOptions } from '../tenancy-options.schema';
import { TENANCY_MODULE_OPTIONS } from '../tenancy.tokens';
import { rememberedContext } from './execution-contexts';
import { handleWithin } from './handle-within';

/** The transports where nothing opens a context ahead of the guards. */
const WITHOUT_CONTEXT: ReadonlySet<string> = new Set(['ws', 'rpc']);

/** Runs handlers in the context that the guard has decided on, where the guard could not open it. */
@Injectable()
export class TransportInterceptor implements NestInterceptor {
  constructor(@Inject(TENANCY_MODULE_OPTIONS) private readonly options: ResolvedTenancyOptions) {}

  /**
   * Wraps the handler.
   *
   * @param execution - what Nest is about to run
   * @param next - the handler
   */
  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const context = rememberedContext(execution);
    if (context !== undefined) return handleWithin(next, (callback) => runWithContext(context, callback));
    // Where the application places the guard, a handler without one has no tenant, and the database refuses.
    const mayPass = this.options.guard === 'manual' || !WITHOUT_CONTEXT.has(execution.getType());
    if (mayPass) return next.handle();
    return throwError(() => edgeOf(execution).refusal(new TenantRequiredError(), execution));
  }
}
