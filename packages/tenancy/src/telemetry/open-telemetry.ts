import { requireOptionalPeer } from '@nestarc/core/nest';
import type { TenancySpan, TenancySpanAttributes } from './tenancy-span';

/** A context of OpenTelemetry: opaque here. */
export type OtelContext = object;

/** The part of baggage that is worked with here. */
export interface OtelBaggage {
  /** Makes baggage that has an entry, in place of the one of that name. */
  setEntry(key: string, entry: { value: string }): OtelBaggage;
  /** Makes baggage that does not have an entry. */
  removeEntry(key: string): OtelBaggage;
}

/** The part of `@opentelemetry/api` that is worked with here, so that its types are in nobody's declarations. */
export interface OpenTelemetryApi {
  /** Where spans come from. */
  readonly trace: {
    getTracer(name: string): { startSpan(name: string, options?: { attributes?: TenancySpanAttributes }): TenancySpan };
    getActiveSpan(): TenancySpan | undefined;
    setSpan(context: OtelContext, span: TenancySpan): OtelContext;
  };
  /** What is current. */
  readonly context: {
    active(): OtelContext;
    with<T>(context: OtelContext, callback: () => T): T;
  };
  /** What goes along with outgoing requests. */
  readonly propagation: {
    getBaggage(context: OtelContext): OtelBaggage | undefined;
    setBaggage(context: OtelContext, baggage: OtelBaggage): OtelContext;
    createBaggage(entries?: Record<string, { value: string }>): OtelBaggage;
  };
}

/** Code of the status of failed work: `SpanStatusCode.ERROR`. */
export const STATUS_ERROR = 2;

/** Loads OpenTelemetry's API, or tells that the application does without. */
export function loadOpenTelemetry(): OpenTelemetryApi | undefined {
  return requireOptionalPeer('@opentelemetry/api') as OpenTelemetryApi | undefined;
}
