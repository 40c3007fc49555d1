import { resolveOptions } from '@nestarc/core';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { telemetryOptions } from '../../src/telemetry/telemetry-options.schema';
import type { TelemetryOptions } from '../../src/telemetry/telemetry.options';
import { TenancyTelemetryService } from '../../src/telemetry/tenancy-telemetry.service';
import { OtelFixture } from './otel-fixture';

const serviceWith = (options: TelemetryOptions): TenancyTelemetryService =>
  new TenancyTelemetryService({ telemetry: telemetryOptions.parse(options) });

let otel: OtelFixture;
beforeAll(() => {
  otel = new OtelFixture();
});
afterEach(() => otel.reset());
afterAll(() => otel.close());

describe('the telemetry options', () => {
  it('mark spans with tenant.id, and make neither spans nor baggage, by default', () => {
    expect(telemetryOptions.parse({})).toEqual({ spanAttributeKey: 'tenant.id', createSpans: false, baggage: false });
  });

  it.each([
    [{ spanAttributeKey: '' }, 'spanAttributeKey'],
    [{ createSpans: 'yes' }, 'createSpans'],
    [{ span: true }, 'span'],
  ])('refuse %j', (options, path) => {
    expect(() => resolveOptions('TenancyModule', telemetryOptions, options)).toThrow(path);
  });
});

describe('spans', () => {
  const service = serviceWith({ createSpans: true, spanAttributeKey: 'app.tenant' });

  it('carry the tenant, end when the function returns, and hand on what it returns', () => {
    expect(service.withTenantSpan('work', 'acme', (span) => span !== null)).toBe(true);
    const span = otel.span('work');
    expect(span.attributes).toEqual({ 'app.tenant': 'acme' });
    expect(span.status.code).toBe(SpanStatusCode.UNSET);
    expect(span.instrumentationScope.name).toBe('@nestarc/tenancy');
  });

  it('end when the promise settles, not before', async () => {
    let finish: (value: string) => void = () => undefined;
    const work = service.withSpan('work', { step: 1 }, () => new Promise<string>((resolve) => (finish = resolve)));
    expect(otel.spans('work')).toEqual([]);
    finish('done');
    await expect(work).resolves.toBe('done');
    expect(otel.span('work').attributes).toEqual({ step: 1 });
  });

  it('are active for what the function starts, also where that is a thenable that starts when awaited', async () => {
    const nested = (name: string) => (): void => service.endSpan(service.startSpan(name));
    const lazy: PromiseLike<void> = {
      then(onFulfilled, onRejected) {
        return Promise.resolve().then(nested('lazy')).then(onFulfilled, onRejected);
      },
    };
    await service.withSpan('work', {}, async () => {
      await Promise.resolve();
      nested('eager')();
    });
    const outer = otel.span('work').spanContext().spanId;
    expect(otel.span('eager').parentSpanContext?.spanId).toBe(outer);
    await service.withSpan('lazy work', {}, () => lazy);
    expect(otel.span('lazy').parentSpanContext?.spanId).toBe(otel.span('lazy work').spanContext().spanId);
  });

  it.each([
    [
      'throws',
      (error: Error) => () => {
        throw error;
      },
    ],
    ['rejects', (error: Error) => () => Promise.reject(error)],
  ])('say ERROR, with the exception, when the function %s', async (_how, failing) => {
    const error = new Error('broken');
    const work = async (): Promise<unknown> => service.withSpan('work', {}, failing(error));
    await expect(work()).rejects.toBe(error);
    const span = otel.span('work');
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: 'broken' });
    expect(span.events.map(({ name }) => name)).toEqual(['exception']);
  });

  it('are not made unless telemetry.createSpans is set; the function runs all the same', () => {
    const quiet = serviceWith({});
    expect(quiet.startSpan('work')).toBeNull();
    expect(quiet.startTenantSpan('work', 'acme')).toBeNull();
    expect(quiet.withTenantSpan('work', 'acme', (span) => span)).toBeNull();
    quiet.endSpan(null);
    expect(otel.spans('work')).toEqual([]);
  });

  it('of others are marked with the tenant when they are active', () => {
    trace.getTracer('test').startActiveSpan('server', (span) => {
      service.setTenantAttribute('acme');
      span.end();
    });
    expect(otel.span('server').attributes).toEqual({ 'app.tenant': 'acme' });
  });
});
