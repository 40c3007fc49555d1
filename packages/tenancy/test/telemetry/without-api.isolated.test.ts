import Module from 'node:module';
import { afterEach, describe, expect, it } from 'vitest';
import { telemetryOptions } from '../../src/telemetry/telemetry-options.schema';
import { TenancyTelemetryService } from '../../src/telemetry/tenancy-telemetry.service';
import { OtelFixture } from './otel-fixture';

describe('without @opentelemetry/api', () => {
  type Resolve = (request: string, ...rest: unknown[]) => string;
  const loader = Module as unknown as { _resolveFilename: Resolve };
  const resolve = loader._resolveFilename;
  afterEach(() => {
    loader._resolveFilename = resolve;
  });

  it('functions just run, and nothing is made', async () => {
    const otel = new OtelFixture();
    loader._resolveFilename = (request, ...rest) => {
      if (request !== '@opentelemetry/api') return resolve(request, ...rest);
      throw Object.assign(new Error(`Cannot find module '${request}'\nRequire stack:`), { code: 'MODULE_NOT_FOUND' });
    };
    const service = new TenancyTelemetryService({
      telemetry: telemetryOptions.parse({ createSpans: true, baggage: true }),
    });
    service.setTenantAttribute('acme');
    expect(service.startSpan('work')).toBeNull();
    expect(await service.withTenantSpan('work', 'acme', (span) => Promise.resolve(span))).toBeNull();
    expect(service.runWithBaggage('acme', () => 'ran')).toBe('ran');
    expect(service.wrapsHandlers).toBe(false);
    expect(otel.spans('work')).toEqual([]);
    otel.close();
  });
});
