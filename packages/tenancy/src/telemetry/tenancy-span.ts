/** Values a span's attribute can have. */
export type TenancySpanAttribute = string | number | boolean;

/** Attributes of a span, by name. */
export type TenancySpanAttributes = Readonly<Record<string, TenancySpanAttribute>>;

/** The part of an OpenTelemetry span that is worked with here; a `Span` of `@opentelemetry/api` is one. */
export interface TenancySpan {
  /**
   * Sets an attribute.
   *
   * @param key - its name
   * @param value - its value
   */
  setAttribute(key: string, value: TenancySpanAttribute): unknown;
  /**
   * Records that something was thrown.
   *
   * @param exception - what was thrown
   */
  recordException(exception: Error | string): void;
  /**
   * Sets how the work ended.
   *
   * @param status - the code, one of OpenTelemetry's `SpanStatusCode`, and what went wrong
   */
  setStatus(status: { code: number; message?: string }): unknown;
  /** Ends the span. */
  end(): void;
}
