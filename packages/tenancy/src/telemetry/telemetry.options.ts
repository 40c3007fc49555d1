/** What `TenancyModule` tells OpenTelemetry. Nothing happens where `@opentelemetry/api` is not installed. */
export interface TelemetryOptions {
  /** Name of the span attribute that carries the tenant id. Defaults to `tenant.id`. */
  readonly spanAttributeKey?: string | undefined;
  /** Makes spans of its own, besides marking the active one. Defaults to false. */
  readonly createSpans?: boolean | undefined;
  /**
   * Puts the tenant id into the baggage of the request, as `tenant.id`. Off by default, because propagators send baggage
   * along with every outgoing request, to third parties too.
   */
  readonly baggage?: boolean | undefined;
}

/** The telemetry options with their defaults filled in. */
export interface ResolvedTelemetryOptions {
  /** Name of the span attribute that carries the tenant id. */
  readonly spanAttributeKey: string;
  /** Makes spans of its own. */
  readonly createSpans: boolean;
  /** Puts the tenant id into the baggage of the request. */
  readonly baggage: boolean;
}
