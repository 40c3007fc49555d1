import { PLATFORMS, serveOn, type ServedApp } from '@nestarc/testing';
import { Controller, Get, Module, Sse, type Type } from '@nestjs/common';
import { context, propagation, SpanStatusCode, trace } from '@opentelemetry/api';
import { NEVER, Observable, startWith } from 'rxjs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { BypassTenancy, TenancyModule } from '../../src';
import type { TelemetryOptions } from '../../src/telemetry/telemetry.options';
import { instrument, OtelFixture } from './otel-fixture';

interface Seen {
  readonly tenant?: string;
  readonly kept?: string;
  readonly span?: string;
}

@Controller()
class SeenController {
  @Get('seen')
  async seen(): Promise<Seen> {
    await delay(1);
    const baggage = propagation.getBaggage(context.active());
    return {
      tenant: baggage?.getEntry('tenant.id')?.value ?? 'none',
      kept: baggage?.getEntry('kept')?.value ?? 'none',
      span: trace.getActiveSpan()?.spanContext().spanId ?? 'none',
    };
  }

  @Get('broken')
  broken(): never {
    throw new Error('broken');
  }

  @BypassTenancy()
  @Get('health')
  health(): Promise<Seen> {
    return this.seen();
  }

  @Sse('stream')
  stream(): Observable<{ data: string }> {
    return NEVER.pipe(startWith({ data: 'first' }));
  }
}

function appWith(telemetry: TelemetryOptions): Type {
  @Module({
    imports: [TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id', telemetry })],
    controllers: [SeenController],
  })
  class AppModule {}
  return AppModule;
}

let otel: OtelFixture;
beforeAll(() => {
  otel = new OtelFixture();
});
afterEach(() => otel.reset());
afterAll(() => otel.close());

describe.each(PLATFORMS)('telemetry on %s', (platform) => {
  let app: ServedApp | undefined;
  afterEach(() => app?.close());

  const serve = async (telemetry: TelemetryOptions): Promise<void> => {
    app = await serveOn(platform, appWith(telemetry), { configure: (nest) => void nest.use(instrument) });
  };
  const get = (path: string, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<Response> =>
    fetch(`${app?.url}${path}`, { headers: { 'x-tenant-id': 'acme', ...headers }, signal: signal ?? null });
  const seen = async (path: string, headers?: Record<string, string>): Promise<Seen> =>
    (await (await get(path, headers)).json()) as Seen;

  describe('the span of a request', () => {
    it('is made around the handler, with the tenant', async () => {
      await serve({ createSpans: true });
      const { span } = await seen('/seen');
      const request = otel.span('tenant.request');
      expect(request.attributes).toEqual({ 'tenant.id': 'acme' });
      expect(request.spanContext().spanId).toBe(span);
    });

    it('says ERROR when the handler throws', async () => {
      await serve({ createSpans: true });
      expect((await get('/broken')).status).toBe(500);
      expect(otel.span('tenant.request').status).toEqual({ code: SpanStatusCode.ERROR, message: 'broken' });
    });

    it('ends when the client goes away', async () => {
      await serve({ createSpans: true });
      const client = new AbortController();
      const response = await get('/stream', {}, client.signal);
      await response.body?.getReader().read();
      expect(otel.spans('tenant.request')).toEqual([]);
      client.abort();
      await vi.waitFor(() => otel.span('tenant.request'));
    });

    it('is not made where telemetry.createSpans is not set, nor for a request without a tenant', async () => {
      await serve({ baggage: true });
      await seen('/seen');
      await app?.close();
      await serve({ createSpans: true });
      await seen('/health');
      expect(otel.spans('tenant.request')).toEqual([]);
    });
  });

  describe('the baggage of a request', () => {
    it('names its tenant, among what the caller put there', async () => {
      await serve({ baggage: true });
      expect(await seen('/seen')).toMatchObject({ tenant: 'acme', kept: 'yes' });
    });

    it('never keeps the tenant that the caller’s baggage names', async () => {
      await serve({ baggage: true });
      expect(await seen('/seen', { 'x-forged-tenant': 'globex' })).toMatchObject({ tenant: 'acme' });
      expect(await seen('/health', { 'x-forged-tenant': 'globex' })).toMatchObject({ tenant: 'none', kept: 'yes' });
    });

    it('never lends a tenant to a request that names none', async () => {
      await serve({ baggage: true });
      expect((await get('/seen', { 'x-tenant-id': '', 'x-forged-tenant': 'globex' })).status).toBe(403);
    });

    it('does not name the tenant by default', async () => {
      await serve({});
      expect(await seen('/seen')).toMatchObject({ tenant: 'none', kept: 'yes' });
    });

    it('names the right tenant while requests of several run at once', async () => {
      await serve({ baggage: true, createSpans: true });
      const tenants = Array.from({ length: 60 }, (_, index) => `tenant-${index % 6}`);
      const answers = await Promise.all(tenants.map((tenant) => seen('/seen', { 'x-tenant-id': tenant })));
      expect(answers.map(({ tenant }) => tenant)).toEqual(tenants);
    });
  });
});
