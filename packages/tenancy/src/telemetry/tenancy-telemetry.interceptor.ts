import { currentContext } from '@nestarc/core';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Observable, type Subscription, tap } from 'rxjs';
import { rememberedContext } from '../transports/execution-contexts';
import { TenancyTelemetryService } from './tenancy-telemetry.service';

const SPAN = 'tenant.request';

/**
 * Runs handlers with the tenant in the baggage, with `telemetry.baggage`, and in a span `tenant.request`, with
 * `telemetry.createSpans`. With neither it does nothing.
 */
@Injectable()
export class TenancyTelemetryInterceptor implements NestInterceptor {
  constructor(private readonly telemetry: TenancyTelemetryService) {}

  /**
   * Wraps the handler.
   *
   * @param execution - what Nest is about to run
   * @param next - the handler
   */
  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (!this.telemetry.wrapsHandlers) return next.handle();
    return new Observable((subscriber) => {
      // Global interceptors stand around the one that opens the context of a message.
      const tenantId = (rememberedContext(execution) ?? currentContext())?.tenantId;
      const span = tenantId === undefined ? null : this.telemetry.startTenantSpan(SPAN, tenantId);
      let open = span;
      const run = (): Subscription =>
        next
          .handle()
          .pipe(tap({ error: fail }))
          .subscribe(subscriber);
      const fail = (error: unknown): void => {
        this.telemetry.failSpan(open, error);
        open = null;
      };
      // Called however the handler ends, also when the client is gone before it does.
      subscriber.add(() => this.telemetry.endSpan(open));
      // Nest binds the handler to the async context in which handle() is called, not to the one of the subscription.
      return this.telemetry.runInSpan(span, () => this.telemetry.runWithBaggage(tenantId, run));
    });
  }
}
