import { PrismaPg } from '@prisma/adapter-pg';
import { of } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import * as tenancy from '../src';
import * as cache from '../src/cache';
import * as testing from '../src/testing';
import { PrismaClient } from './fixture/generated/client';
import { tenancyService } from './fixture/isolation-fixture';

/** What version 0.13 exports at run time, by entry point and kind. */
const ROOT = {
  class: [
    ...['TenancyModule', 'TenancyService', 'TenancyContext', 'TenancyEventService', 'TenancyTelemetryService'],
    ...['HeaderTenantExtractor', 'SubdomainTenantExtractor', 'JwtClaimTenantExtractor', 'PathTenantExtractor'],
    ...['CompositeTenantExtractor', 'TenantContextMissingError', 'TenancyContextRequiredError'],
    ...['HttpTenantPropagator', 'BullTenantPropagator', 'KafkaTenantPropagator', 'GrpcTenantPropagator'],
    'TenantContextInterceptor',
  ],
  function: [
    ...['CurrentTenant', 'BypassTenancy', 'createPrismaTenancyExtension', 'tenancyTransaction'],
    'propagateTenantHeaders',
  ],
  object: ['TenancyEvents'],
  symbol: ['TENANCY_MODULE_OPTIONS'],
};
const CACHE = {
  class: ['TenantCacheInterceptor'],
  function: ['SharedTenantCache'],
  symbol: ['TENANT_CACHE_INTERCEPTOR_OPTIONS'],
};
const TESTING = { class: ['TestTenancyModule'], function: ['withTenant', 'expectTenantIsolation'] };

/** What version 0.13 exports as types: the compiler looks for each. */
interface PublishedTypes {
  module: [
    tenancy.TenancyModuleOptions,
    tenancy.TenancyModuleAsyncOptions,
    tenancy.TenancyModuleOptionsFactory,
    tenancy.TelemetryOptions,
    tenancy.TenancyRequest,
    tenancy.TenancyResponse,
  ];
  extractors: [
    tenancy.TenantExtractor,
    tenancy.SubdomainExtractorOptions,
    tenancy.JwtClaimExtractorOptions,
    tenancy.PathExtractorOptions,
  ];
  prisma: [
    tenancy.PrismaTenancyExtensionOptions,
    tenancy.TenancyTransactionOptions,
    tenancy.PrismaTransactionClient,
    tenancy.PrismaTransactionContext<tenancy.PrismaTransactionClient>,
  ];
  propagation: [
    tenancy.TenantPropagator,
    tenancy.TenantContextCarrier,
    tenancy.HttpPropagationOptions,
    tenancy.BullPropagationOptions,
    tenancy.KafkaPropagationOptions,
    tenancy.KafkaMessageLike,
    tenancy.GrpcPropagationOptions,
    tenancy.GrpcMetadataLike,
    tenancy.TenantContextInterceptorOptions,
  ];
  events: [
    tenancy.TenancyEventRequestSummary,
    tenancy.TenantResolvedEvent,
    tenancy.TenantNotFoundEvent,
    tenancy.TenantExtractionFailedEvent,
    tenancy.TenantValidationFailedEvent,
    tenancy.TenantContextBypassedEvent,
    tenancy.TenantCrossCheckFailedEvent,
    tenancy.TenancyEventMap,
  ];
}

const kindOf = (value: unknown): string => {
  if (typeof value !== 'function') return typeof value;
  return /^class\b/.test(Function.prototype.toString.call(value)) ? 'class' : 'function';
};

const entriesOf = (list: Record<string, string[]>): (readonly [name: string, kind: string])[] =>
  Object.entries(list).flatMap(([kind, names]) => names.map((name) => [name, kind] as const));

describe('every name of version 0.13 is there, and is what it was', () => {
  it('24 names of the root', () => {
    expect(entriesOf(ROOT)).toHaveLength(24);
    for (const [name, kind] of entriesOf(ROOT)) expect([name, kindOf(tenancy[name as never])]).toEqual([name, kind]);
  });

  it('those of ./cache and ./testing', () => {
    for (const [name, kind] of entriesOf(CACHE)) expect([name, kindOf(cache[name as never])]).toEqual([name, kind]);
    for (const [name, kind] of entriesOf(TESTING)) expect([name, kindOf(testing[name as never])]).toEqual([name, kind]);
  });

  it('31 types', () => {
    type All = PublishedTypes[keyof PublishedTypes];
    expectTypeOf<All>().not.toBeAny();
    expectTypeOf<
      [...PublishedTypes['module'], ...PublishedTypes['extractors'], ...PublishedTypes['prisma']]['length']
    >().toEqualTypeOf<14>();
    expectTypeOf<[...PublishedTypes['propagation'], ...PublishedTypes['events']]['length']>().toEqualTypeOf<17>();
  });

  it('the tokens, under the same keys of the global registry', () => {
    expect(tenancy.TENANCY_MODULE_OPTIONS).toBe(Symbol.for('@nestarc/tenancy/TENANCY_MODULE_OPTIONS'));
    expect(cache.TENANT_CACHE_INTERCEPTOR_OPTIONS).toBe(
      Symbol.for('@nestarc/tenancy/TENANT_CACHE_INTERCEPTOR_OPTIONS'),
    );
  });

  it('the names of the events', () => {
    expect(tenancy.TenancyEvents).toMatchObject({
      RESOLVED: 'tenant.resolved',
      NOT_FOUND: 'tenant.not_found',
      EXTRACTION_FAILED: 'tenant.extraction_failed',
      VALIDATION_FAILED: 'tenant.validation_failed',
      CONTEXT_BYPASSED: 'tenant.context_bypassed',
      CROSS_CHECK_FAILED: 'tenant.cross_check_failed',
    });
  });
});

describe('what version 0.13 is called with is still accepted', () => {
  const context = new tenancy.TenancyContext();

  it('options of the module', () => {
    const options: tenancy.TenancyModuleOptions = {
      tenantExtractor: 'X-Tenant-Id',
      dbSettingKey: 'app.current_tenant',
      validateTenantId: async (id: string) => id !== '',
      onTenantResolved: (_id: string, _request: tenancy.TenancyRequest) => undefined,
      onTenantNotFound: (_request: tenancy.TenancyRequest, _response: tenancy.TenancyResponse) => 'skip' as const,
      crossCheck: { extractor: tenancy.userProof(), onFailed: 'reject', required: false },
      telemetry: { spanAttributeKey: 'tenant.id', createSpans: false },
    };
    class Factory implements tenancy.TenancyModuleOptionsFactory {
      createTenancyOptions = (): tenancy.TenancyModuleOptions => options;
    }
    const asyncOptions: tenancy.TenancyModuleAsyncOptions[] = [
      { imports: [], inject: ['x'], useFactory: (_x: unknown) => options },
      { useClass: Factory },
      { useExisting: Factory },
    ];
    expect(tenancy.TenancyModule.forRoot(options)).toHaveProperty('module', tenancy.TenancyModule);
    for (const one of asyncOptions) {
      expect(tenancy.TenancyModule.forRootAsync(one)).toHaveProperty('module', tenancy.TenancyModule);
    }
    expect(testing.TestTenancyModule.register()).toHaveProperty('module', testing.TestTenancyModule);
    expect(testing.TestTenancyModule.register({ dbSettingKey: 'app.org' })).toHaveProperty('global', true);
  });

  it('extractors', () => {
    const own: tenancy.TenantExtractor = { extract: (_request: tenancy.TenancyRequest) => null };
    const extractors = [
      new tenancy.HeaderTenantExtractor('X-Tenant-Id'),
      // `baseDomains` is the one option that has to be added.
      new tenancy.SubdomainTenantExtractor({ excludeSubdomains: ['www'], baseDomains: ['app.example.com'] }),
      new tenancy.JwtClaimTenantExtractor({ claimKey: 'tenant_id', headerName: 'authorization' }),
      new tenancy.PathTenantExtractor({ pattern: '/api/:tenantId/users', paramName: 'tenantId' }),
      own,
    ];
    const composite = new tenancy.CompositeTenantExtractor(extractors);
    expect(composite.extract({ headers: { 'x-tenant-id': 'acme' } })).toBe('acme');
  });

  it('TenancyContext and TenancyService', async () => {
    expect(context.run('acme', () => [context.getTenantId(), context.isBypassed()])).toEqual(['acme', false]);
    expect(await context.run('acme', async () => tenancy.TenancyContext.getCurrentTenantId())).toBe('acme');
    expect(context.runWithoutTenant(() => context.isBypassed())).toBe(true);
    const service = tenancyService();
    expect([service.getCurrentTenant(), service.isTenantBypassed()]).toEqual([null, false]);
    expect(() => service.getCurrentTenantOrThrow()).toThrow('No tenant context available');
    expect(await service.withoutTenant(async () => service.isTenantBypassed())).toBe(true);
  });

  it('the extension of Prisma and tenancyTransaction', async () => {
    const options: tenancy.PrismaTenancyExtensionOptions = {
      dbSettingKey: 'app.current_tenant',
      autoInjectTenantId: true,
      tenantIdField: 'tenant_id',
      sharedModels: ['Country'],
      failClosed: true,
      interactiveTransactionSupport: true,
    };
    expect(typeof tenancy.createPrismaTenancyExtension(tenancyService(), options)).toBe('function');
    // Type checking is the point; without a tenant nothing reaches the database, which is tested elsewhere.
    const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: 'postgresql://127.0.0.1:1/none' }) });
    const limits = { timeout: 5_000, isolationLevel: 'Serializable', dbSettingKey: 'app.org' } as const;
    const result = tenancy.tenancyTransaction(prisma, tenancyService(), (tx) => tx.customer.count(), limits);
    await expect(result).rejects.toBeInstanceOf(tenancy.TenantContextMissingError);
  });

  it('errors', () => {
    const missing = new tenancy.TenantContextMissingError();
    expect(missing).toBeInstanceOf(Error);
    expect([missing.message, new tenancy.TenantContextMissingError('mine').message]).toEqual([
      'No tenant context available',
      'mine',
    ]);
    const required = new tenancy.TenancyContextRequiredError('Customer', 'findMany');
    expect(required).toBeInstanceOf(tenancy.TenantContextMissingError);
    expect(required.message).toMatch(/Customer.*findMany.*withoutTenant\(\).*sharedModels/);
    const { name, message } = required;
    expect(required.toJSON()).toEqual({ name, message, model: 'Customer', operation: 'findMany' });
  });

  it('propagators, and the constants they write', () => {
    const metadata: Record<string, string> = {};
    const grpcMetadata: tenancy.GrpcMetadataLike = {
      get: (key) => (metadata[key] === undefined ? [] : [metadata[key]]),
      set: (key, value) => void (metadata[key] = value),
    };
    context.run('acme', () => {
      expect(tenancy.propagateTenantHeaders()).toEqual({ 'X-Tenant-Id': 'acme' });
      expect(tenancy.propagateTenantHeaders('X-Org')).toEqual({ 'X-Org': 'acme' });
      expect(new tenancy.HttpTenantPropagator(context, { headerName: 'X-Org' }).getHeaders()).toEqual({
        'X-Org': 'acme',
      });
      expect(new tenancy.HttpTenantPropagator(context).getHeaders()).toEqual({ 'X-Tenant-Id': 'acme' });
      const kafka = new tenancy.KafkaTenantPropagator(context);
      expect(kafka.inject({ value: 'x' })).toEqual({ value: 'x', headers: { 'X-Tenant-Id': 'acme' } });
      expect(kafka.getHeaders()).toEqual({ 'X-Tenant-Id': 'acme' });
      expect(new tenancy.BullTenantPropagator(context).inject({ id: 1 })).toEqual({ id: 1, __tenantId: 'acme' });
      expect(new tenancy.GrpcTenantPropagator(context).inject(grpcMetadata)).toBe(grpcMetadata);
    });
    expect(metadata).toEqual({ 'x-tenant-id': 'acme' });
    expect(new tenancy.GrpcTenantPropagator(context, { metadataKey: 'x-tenant-id' }).extract(grpcMetadata)).toBe(
      'acme',
    );
    expect(new tenancy.BullTenantPropagator(context, { dataKey: '_t' }).extract({ _t: 'acme' })).toBe('acme');
    const headers = { 'X-Org': Buffer.from('acme') };
    expect(new tenancy.KafkaTenantPropagator(context, { headerName: 'X-Org' }).extract({ headers })).toBe('acme');
  });

  it('TenantContextInterceptor', () => {
    const all: (tenancy.TenantContextInterceptorOptions | undefined)[] = [
      undefined,
      { transport: 'kafka', headerName: 'X-Tenant-Id' },
      { transport: 'bull', dataKey: '__tenantId' },
      { transport: 'grpc', metadataKey: 'x-tenant-id' },
    ];
    const handle = of('handled');
    for (const options of all) {
      const interceptor = new tenancy.TenantContextInterceptor(context, options);
      expect(interceptor.intercept({ getType: () => 'http' } as never, { handle: () => handle })).toBe(handle);
    }
  });

  it('options of the cache', () => {
    const options: cache.TenantCacheInterceptorOptions = {
      tenantPrefix: 'tenant',
      sharedPrefix: 'shared',
      separator: ':',
      hashTenantId: true,
    };
    expect(cache.TenantCacheModule.register(options)).toHaveProperty('module', cache.TenantCacheModule);
  });

  it('withTenant, also with a TenancyContext', async () => {
    expect(await testing.withTenant('acme', () => context.getTenantId())).toBe('acme');
    expect(await testing.withTenant('Acme Corp', () => context.getTenantId(), context)).toBe('Acme Corp');
    await expect(testing.withTenant('', () => 1, context)).rejects.toMatchObject({ code: 'TENANT_ID_INVALID' });
  });
});
