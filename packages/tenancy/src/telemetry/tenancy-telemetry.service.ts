import { Inject, Injectable } from '@nestjs/common';
import { TENANCY_MODULE_OPTIONS } from '../tenancy.tokens';
import { loadOpenTelemetry, type OpenTelemetryApi, STATUS_ERROR } from './open-telemetry';
import type { ResolvedTelemetryOptions } from './telemetry.options';
import type { TenancySpan, TenancySpanAttributes } from './tenancy-span';

const TRACER = '@nestarc/tenancy';

/** The baggage entry is named after OpenTelemetry's convention, whatever the application calls its span attribute. */
const BAGGAGE_ENTRY = 'tenant.id';

/**
 * Tells OpenTelemetry about tenants: marks spans, makes spans, puts the tenant into the baggage. Where `@opentelemetry/api`
 * is not installed, or no SDK is registered, callbacks just run.
 */
@Injectable()
export class TenancyTelemetryService {
  readonly #options: ResolvedTelemetryOptions;
  readonly #api: OpenTelemetryApi | undefined = loadOpenTelemetry();

  constructor(@Inject(TENANCY_MODULE_OPTIONS) options: { readonly telemetry: ResolvedTelemetryOptions }) {
    this.#options = options.telemetry;
  }

  /** Whether handlers are to be run in a span or with baggage. */
  get wrapsHandlers(): boolean {
    return this.#api !== undefined && (this.#options.createSpans || this.#options.baggage);
  }

  /** Whether spans are made. */
  get makesSpans(): boolean {
    return this.#api !== undefined && this.#options.createSpans;
  }

  /**
   * Marks the active span with a tenant.
   *
   * @param tenantId - the tenant
   */
  setTenantAttribute(tenantId: string): void {
    this.#api?.trace.getActiveSpan()?.setAttribute(this.#options.spanAttributeKey, tenantId);
  }

  /**
   * Starts a span, as a child of the active one. Whoever starts it ends it.
   *
   * @param name - its name
   * @param attributes - its attributes. Defaults to none
   * @returns the span, or `null` unless `telemetry.createSpans` is set and OpenTelemetry is installed
   */
  startSpan(name: string, attributes: TenancySpanAttributes = {}): TenancySpan | null {
    if (this.#api === undefined || !this.#options.createSpans) return null;
    return this.#api.trace.getTracer(TRACER).startSpan(name, { attributes });
  }

  /**
   * Starts a span that is marked with a tenant.
   *
   * @param name - its name
   * @param tenantId - the tenant
   * @returns the span, or `null` as {@link TenancyTelemetryService.startSpan} does
   */
  startTenantSpan(name: string, tenantId: string): TenancySpan | null {
    return this.startSpan(name, { [this.#options.spanAttributeKey]: tenantId });
  }

  /**
   * Runs a function in a span of its own, which ends with it: when what it returns settles, or when it returns or throws.
   *
   * @param name - name of the span
   * @param attributes - its attributes
   * @param callback - the function; called with the span, or with `null` where none is made
   * @returns what the function returns; a promise for the same where it returns a thenable, which is awaited in the span
   */
  withSpan<T>(name: string, attributes: TenancySpanAttributes, callback: (span: TenancySpan | null) => T): T {
    return this.#run(this.startSpan(name, attributes), callback);
  }

  /**
   * Runs a function in a span that is marked with a tenant, as {@link TenancyTelemetryService.withSpan} does.
   *
   * @param name - name of the span
   * @param tenantId - the tenant
   * @param callback - the function
   */
  withTenantSpan<T>(name: string, tenantId: string, callback: (span: TenancySpan | null) => T): T {
    return this.#run(this.startTenantSpan(name, tenantId), callback);
  }

  /**
   * Ends a span.
   *
   * @param span - what {@link TenancyTelemetryService.startSpan} returned
   */
  endSpan(span: TenancySpan | null | undefined): void {
    span?.end();
  }

  /**
   * Ends the span of work that failed: records what was thrown, and the status ERROR.
   *
   * @param span - what {@link TenancyTelemetryService.startSpan} returned
   * @param error - what was thrown
   */
  failSpan(span: TenancySpan | null | undefined, error: unknown): void {
    if (span === null || span === undefined) return;
    const exception = error instanceof Error ? error : String(error);
    span.recordException(exception);
    span.setStatus({ code: STATUS_ERROR, message: typeof exception === 'string' ? exception : exception.message });
    span.end();
  }

  /**
   * Runs a function with a span as the active one.
   *
   * @param span - the span; without one the function just runs
   * @param callback - the function
   */
  runInSpan<T>(span: TenancySpan | null, callback: () => T): T {
    if (span === null || this.#api === undefined) return callback();
    const { context, trace } = this.#api;
    return context.with(trace.setSpan(context.active(), span), callback);
  }

  /**
   * Runs a function with the tenant in the baggage, in place of whatever tenant the caller's baggage names: that one is
   * hearsay, and would be passed on as if it were ours. Without `telemetry.baggage` the function just runs.
   *
   * @param tenantId - the tenant; without one the entry is removed
   * @param callback - the function
   */
  runWithBaggage<T>(tenantId: string | undefined, callback: () => T): T {
    if (this.#api === undefined || !this.#options.baggage) return callback();
    const { context, propagation } = this.#api;
    const active = context.active();
    const present = propagation.getBaggage(active);
    if (tenantId === undefined && present === undefined) return callback();
    const baggage = present ?? propagation.createBaggage();
    const amended =
      tenantId === undefined
        ? baggage.removeEntry(BAGGAGE_ENTRY)
        : baggage.setEntry(BAGGAGE_ENTRY, { value: tenantId });
    return context.with(propagation.setBaggage(active, amended), callback);
  }

  #run<T>(span: TenancySpan | null, callback: (span: TenancySpan | null) => T): T {
    if (span === null) return callback(null);
    try {
      return this.runInSpan(span, () => this.#endWith(span, callback(span)));
    } catch (error) {
      this.failSpan(span, error);
      throw error;
    }
  }

  /** Called with the span active: a Prisma promise starts its query only when it is awaited. */
  #endWith<T>(span: TenancySpan, result: T): T {
    if (!isThenable(result)) {
      span.end();
      return result;
    }
    const settled = Promise.resolve(result).then(
      (value) => {
        span.end();
        return value;
      },
      (error: unknown) => {
        this.failSpan(span, error);
        throw error;
      },
    );
    return settled as T;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as Partial<PromiseLike<unknown>>).then === 'function'
  );
}
