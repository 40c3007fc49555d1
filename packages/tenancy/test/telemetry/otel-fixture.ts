import { type BaggageEntry, context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

/** OpenTelemetry's SDK, registered in this process, keeping spans in memory. */
export class OtelFixture {
  readonly #exporter = new InMemorySpanExporter();

  constructor() {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.#exporter)] }),
    );
  }

  spans(name: string): ReadableSpan[] {
    return this.#exporter.getFinishedSpans().filter((span) => span.name === name);
  }

  span(name: string): ReadableSpan {
    const [span, ...more] = this.spans(name);
    if (span === undefined || more.length > 0) throw new Error(`Expected one span ${name}`);
    return span;
  }

  reset(): void {
    this.#exporter.reset();
  }

  close(): void {
    trace.disable();
    context.disable();
  }
}

/** The middleware that stands for an instrumentation: a server span, and the caller's baggage. */
export function instrument(
  request: { headers: Record<string, string | string[] | undefined> },
  _response: unknown,
  next: () => void,
): void {
  const span = trace.getTracer('test').startSpan('server');
  const forged = request.headers['x-forged-tenant'];
  const entries: Record<string, BaggageEntry> = { kept: { value: 'yes' } };
  if (typeof forged === 'string') entries['tenant.id'] = { value: forged };
  const active = trace.setSpan(propagation.setBaggage(context.active(), propagation.createBaggage(entries)), span);
  context.with(active, next);
}
