import { describe, expect, expectTypeOf, it } from 'vitest';
import * as audit from '../../src';

/** What version 0.4 exports at run time, by kind; without streaming, which is not there yet. */
const PUBLISHED = {
  class: ['AuditLogModule', 'AuditService', 'AuditContext', 'AuditInterceptor', 'AuditActorMiddleware'],
  function: [
    ...['mergeContextMetadata', 'createAuditExtension', 'createAuditedClient', 'NoAudit', 'AuditAction', 'AuditReason'],
    ...['getAuditTableSQL', 'getAuditTableStatements', 'applyAuditTableSchema', 'ensurePartitions'],
  ],
  string: ['NO_AUDIT_KEY', 'AUDIT_ACTION_KEY', 'AUDIT_REASON_KEY'],
  symbol: ['AUDIT_LOG_OPTIONS'],
  object: ['AUDIT_CSV_COLUMNS_V1'],
};

/** Streaming, which the guide says is not there: what appears here belongs into the list above, and into the guide. */
const MISSING = [
  ...['AuditStreamRunner', 'AuditStreamDeliveryError', 'HttpAuditStreamSink', 'ObjectStorageAuditStreamSink'],
  ...['DatadogAuditStreamSink', 'SplunkAuditStreamSink', 'PostgresAuditStreamStore', 'getAuditStreamStoreStatements'],
  'applyAuditStreamStoreSchema',
];

/** What version 0.4 exports as types: the compiler looks for each. */
type PublishedTypes = [
  audit.AuditActor,
  audit.ActorExtractor,
  audit.AuditEntry,
  audit.AuditQueryOptions,
  audit.AuditQueryResult,
  audit.AuditGetByIdOptions,
  audit.AuditExportScope,
  audit.AuditScanOptions,
  audit.AuditScanPage,
  audit.AuditCsvOptions,
  audit.AuditCsvColumnVersion,
  audit.ManualAuditLogInput,
  audit.AuditLogModuleOptions,
  audit.AuditLogModuleAsyncOptions,
  audit.AuditSharedOptions,
  audit.AuditErrorContext,
  audit.AuditErrorPhase,
  audit.AuditLogger,
  audit.AuditPruneOptions,
  audit.AuditPruneResult,
  audit.AuditContextStore,
  audit.AuditBatchOverflow,
  audit.AuditConsistency,
  audit.AuditDatabaseMapping,
  audit.AuditExtensionOptions,
  audit.AuditLifecycleInput,
  audit.AuditTransactionMethods,
  audit.AuditTransactionOptions,
  audit.PrismaModuleLike,
  audit.AuditTableSQLOptions,
  audit.EnsurePartitionsOptions,
];

const kindOf = (value: unknown): string => {
  if (typeof value !== 'function') return typeof value;
  return /^class\b/.test(Function.prototype.toString.call(value)) ? 'class' : 'function';
};

describe('every name of version 0.4 is there, and is what it was', () => {
  it.each(Object.entries(PUBLISHED).flatMap(([kind, names]) => names.map((name) => [name, kind])))(
    '%s is a %s',
    (name, kind) => {
      expect(kindOf(audit[name as never])).toBe(kind);
    },
  );

  it('but for streaming', () => {
    expect(MISSING.filter((name) => name in audit)).toEqual([]);
  });

  it('31 types', () => {
    expectTypeOf<PublishedTypes['length']>().toEqualTypeOf<31>();
    expectTypeOf<PublishedTypes[number]>().not.toBeAny();
  });

  it('the metadata keys of the decorators, and what they leave', () => {
    class Routes {
      @audit.NoAudit()
      @audit.AuditAction('user.merged')
      @audit.AuditReason('asked for')
      merge(): void {
        // Never called.
      }
    }
    const left = (key: string): unknown => Reflect.getMetadata(key, Routes.prototype.merge);
    expect([audit.NO_AUDIT_KEY, audit.AUDIT_ACTION_KEY, audit.AUDIT_REASON_KEY].map(left)).toEqual([
      true,
      'user.merged',
      'asked for',
    ]);
    expect([left('NO_AUDIT'), left('AUDIT_ACTION'), left('AUDIT_REASON')]).toEqual([true, 'user.merged', 'asked for']);
  });

  it('the columns of an export', () => {
    expect(audit.AUDIT_CSV_COLUMNS_V1.join()).toBe(
      'schemaVersion,id,tenantId,actorId,actorType,actorIp,action,targetType,targetId,source,result,changes,metadata,createdAt',
    );
  });
});

describe('what version 0.4 is called with is still accepted', () => {
  it('options of the extension', () => {
    const options: audit.AuditExtensionOptions = {
      consistency: 'atomic-required',
      trackedModels: ['User'],
      sensitiveFields: ['password'],
      sensitiveFieldsByModel: { User: ['token'] },
      primaryKey: { User: 'id' },
      databaseMapping: { User: { tableName: 'users', schema: 'public', primaryKeyColumn: 'id' } },
      ignoreTimestampOnlyUpdates: true,
      tableName: 'audit.audit_logs',
      tenantRequired: true,
      onAuditError: () => undefined,
      logger: console,
      prismaModule: {},
    };
    expect(typeof audit.createAuditExtension(options)).toBe('function');
  });

  it('options of the module', () => {
    const options: audit.AuditLogModuleOptions = {
      prisma: {},
      actorExtractor: async (request) => Promise.resolve({ id: request.user?.id ?? null, type: 'user', ip: '::1' }),
      tenantRequired: true,
      tableName: 'audit_logs',
      sensitiveFields: ['password'],
      sensitiveFieldsByModel: { User: ['token'] },
      excludeRoutes: ['health'],
      registerGlobalInterceptor: false,
      correlationIdHeader: 'x-correlation-id',
      correlationIdGetter: (request) => String(request.headers['x-trace']),
      onAuditError: (_error, { phase }) => void phase,
      logger: console,
      prismaModule: {},
    };
    const async: audit.AuditLogModuleAsyncOptions = { imports: [], inject: ['X'], useFactory: () => options };
    for (const module of [audit.AuditLogModule.forRoot(options), audit.AuditLogModule.forRootAsync(async)]) {
      expect(module).toMatchObject({ module: audit.AuditLogModule, global: true });
    }
  });

  it('options of the helpers, and of reading', () => {
    const table: audit.AuditTableSQLOptions = {
      tableName: 'audit_logs',
      partitioned: true,
      enforcement: 'trigger',
      ginIndex: true,
    };
    expect(audit.getAuditTableSQL(table)).toContain('CREATE TABLE');
    expect(audit.getAuditTableStatements({})).toHaveLength(1);
    const list: audit.AuditQueryOptions = {
      action: 'User.*',
      limit: 50,
      offset: 0,
      includeTotal: false,
      tenantId: 'a',
    };
    const scan: audit.AuditScanOptions = { allTenants: true, batchSize: 500, after: 'x', until: 'y' };
    const csv: audit.AuditCsvOptions = { tenantId: 'a', columns: 'v1', includeBom: true };
    const prune: audit.AuditPruneOptions = {
      olderThan: new Date(),
      mode: 'detach',
      dryRun: true,
      client: {},
      timeoutMs: 1,
      maxWaitMs: 1,
      requiredCheckpoints: [],
    };
    expect([list, scan, csv, prune]).toHaveLength(4);
    expectTypeOf<audit.AuditQueryResult>().toExtend<{
      readonly entries: audit.AuditEntry[];
      readonly total?: number;
      readonly nextCursor: string | null;
      readonly hasMore: boolean;
    }>();
    expectTypeOf<audit.AuditPruneResult>().toExtend<{
      readonly layout: 'flat' | 'partitioned';
      readonly mode: 'detach' | 'drop';
      readonly prunedPartitions: readonly string[];
      readonly deletedRows: number;
      readonly dryRun: boolean;
    }>();
  });

  it('AuditContext, whose setters do nothing outside of any request', () => {
    const { AuditContext } = audit;
    const said = (): unknown => [
      AuditContext.getActor(),
      AuditContext.isNoAudit(),
      AuditContext.getActionOverride(),
      AuditContext.getMetadata(),
      AuditContext.getReason(),
    ];
    AuditContext.setMetadata({ a: 1 });
    AuditContext.setReason('none');
    expect([AuditContext.getStore(), ...(said() as unknown[])]).toEqual([undefined, null, false, ...absent(3)]);
    const actor: audit.AuditActor = { id: 'u-1', type: 'api_key', ip: '::1' };
    const store: audit.AuditContextStore = {
      actor,
      noAudit: true,
      actionOverride: 'x',
      metadata: { a: 1 },
      reason: 'why',
    };
    AuditContext.run(store, () => {
      expect(said()).toEqual([actor, true, 'x', { a: 1 }, 'why']);
      AuditContext.setMetadata({ b: 2 });
      AuditContext.setReason('since');
      expect(AuditContext.getStore()).toMatchObject({ metadata: { a: 1, b: 2 }, reason: 'since' });
      expect(audit.mergeContextMetadata({ a: 3 })).toEqual({ a: 3, b: 2, reason: 'since' });
      AuditContext.runAs({ id: null, type: 'system' }, () => {
        expect(AuditContext.isNoAudit()).toBe(false);
      });
    });
    expect(audit.mergeContextMetadata()).toBeUndefined();
  });

  it('methods of the service, of the interceptor and of the middleware', () => {
    for (const method of ['log', 'query', 'getById', 'scan', 'exportCsv', 'prune'] as const) {
      expect(typeof audit.AuditService.prototype[method]).toBe('function');
    }
    expect(typeof audit.AuditInterceptor.prototype.intercept).toBe('function');
    expect(typeof audit.AuditActorMiddleware.prototype.use).toBe('function');
    expect(typeof audit.AuditLogModule.prototype.configure).toBe('function');
  });
});

const absent = (count: number): undefined[] => Array.from({ length: count }, () => undefined);
