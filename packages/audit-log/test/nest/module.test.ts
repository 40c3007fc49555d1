import { createTestDatabase, serveOn, type TestDatabase } from '@nestarc/testing';
import { type DynamicModule, Inject, Injectable, Module, type ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AUDIT_LOG_OPTIONS,
  AuditInterceptor,
  AuditLogModule,
  type AuditLogModuleOptions,
  AuditService,
  createAuditExtension,
  type ResolvedAuditLogModuleOptions,
} from '../../src';
import { type AuditedClient, createAudited } from '../fixture/audited-client';
import { as, createAuditedDatabase, mark, OPTIONS, TABLES } from '../fixture/database';
import { PrismaClient } from '../fixture/generated/client';

let database: TestDatabase;
let prisma: AuditedClient;
beforeAll(async () => {
  database = await createAuditedDatabase({ sensitiveFields: ['password'] });
  prisma = createAudited(database.appUrl, { sensitiveFields: ['password'] });
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});

const bare = (url = database.appUrl): PrismaClient =>
  new PrismaClient({ adapter: new PrismaPg({ connectionString: url }) });
const quiet = { warn: () => undefined, error: () => undefined };

async function boot(imports: NonNullable<ModuleMetadata['imports']>) {
  const testing = await Test.createTestingModule({ imports }).compile();
  const app = testing.createNestApplication({ logger: false });
  return await app.init();
}

const refusal = (module: () => DynamicModule): Promise<unknown> =>
  (async () => boot([module()]))().then(
    async (app) => {
      await app.close();
      return undefined;
    },
    (error: unknown) => error,
  );

describe('the module', () => {
  it.each([
    ['forRoot', () => AuditLogModule.forRoot({ prisma })],
    ['forRootAsync', () => AuditLogModule.forRootAsync({ useFactory: async () => ({ prisma }) })],
    ['forRootAsync with a service that holds the client', () => asyncModule()],
  ])('provides its service and interceptor everywhere: %s', async (_how, module) => {
    @Injectable()
    class Somewhere {
      constructor(
        @Inject(AuditService) readonly audit: AuditService,
        @Inject(AuditInterceptor) readonly interceptor: AuditInterceptor,
      ) {}
    }
    @Module({ providers: [Somewhere] })
    class ElsewhereModule {}
    const app = await boot([module(), ElsewhereModule]);
    const { audit, interceptor } = app.get(Somewhere);
    expect(interceptor).toBeInstanceOf(AuditInterceptor);
    expect(Object.isFrozen(app.get<ResolvedAuditLogModuleOptions>(AUDIT_LOG_OPTIONS))).toBe(true);
    const since = await mark(database);
    await as('a', () => audit.log({ action: 'x.y', metadata: { Password: 'secret', a: 1 } }));
    const entries = await since.entries();
    expect(entries).toMatchObject([{ action: 'x.y', metadata: { a: 1 } }]);
    expect(JSON.stringify(entries)).not.toContain('secret');
    await app.close();
  });

  function asyncModule(): DynamicModule {
    @Injectable()
    class PrismaService {
      readonly client = prisma;
    }
    @Module({ providers: [PrismaService], exports: [PrismaService] })
    class PrismaModule {}
    return AuditLogModule.forRootAsync({
      imports: [PrismaModule],
      inject: [PrismaService],
      useFactory: (service: PrismaService) => ({ prisma: service }),
    });
  }

  it('does not boot on a database that records nothing, and says what mends it', async () => {
    const empty = await createTestDatabase({ sql: TABLES });
    const client = createAudited(empty.appUrl, { trackedModels: ['User'] });
    const error = await refusal(() => AuditLogModule.forRoot({ prisma: client }));
    expect(error).toMatchObject({
      code: 'AUDIT_NOT_INSTALLED',
      sql: expect.stringContaining('CREATE TABLE') as string,
    });
    await client.$disconnect();
    await empty.drop();
  });

  it('boots on a client without the extension, and says that nobody checks it', async () => {
    const warnings: string[] = [];
    const client = bare();
    const logger = { ...quiet, warn: (message: string) => void warnings.push(message) };
    const app = await boot([AuditLogModule.forRoot({ prisma: client, logger })]);
    expect(warnings).toEqual([expect.stringContaining('createAuditExtension')]);
    await as('a', () => app.get(AuditService).log({ action: 'z' }));
    await app.close();
    await client.$disconnect();
  });

  it('is refused options that say something else than the extension', async () => {
    const client = bare().$extends(createAuditExtension({ ...OPTIONS, tableName: 'audit_logs' }));
    for (const [options, path] of [
      [{ tableName: 'other_logs' }, 'tableName'],
      [{ schema: 'billing' }, 'schema'],
    ] as const) {
      const error = await refusal(() => AuditLogModule.forRoot({ prisma: client, ...options }));
      expect(error).toMatchObject({ code: 'OPTIONS_INVALID', problems: [{ path }] });
    }
    await client.$disconnect();
  });
});

describe('the options', () => {
  it.each([
    [{ prisma: undefined }, 'prisma'],
    [{ prisma: {} }, 'prisma'],
    [{ actorExtractor: 'user' }, 'actorExtractor'],
    [{ excludeRoutes: [{}] }, 'excludeRoutes[0]'],
    [{ registerGlobalInterceptor: 'no' }, 'registerGlobalInterceptor'],
    [{ correlationIdHeader: '' }, 'correlationIdHeader'],
    [{ correlationIdGetter: 1 }, 'correlationIdGetter'],
    [{ logger: console.log }, 'logger'],
    [{ onAuditError: {} }, 'onAuditError'],
    [{ tenantResolver: () => 'a' }, 'tenantResolver'],
    [{ tenantRequired: 'yes' }, 'tenantRequired'],
    [{ sensitiveFields: 'password' }, 'sensitiveFields'],
    [{ sensitiveFieldsByModel: { User: 'x' } }, 'sensitiveFieldsByModel.User'],
    [{ consistency: 'best-effort' }, 'consistency'],
    [{ auditorPrisma: 1 }, 'auditorPrisma'],
  ])('that are none stop the boot and are named: %j', async (options, path) => {
    const given = { prisma, ...options } as unknown as AuditLogModuleOptions;
    const error = await refusal(() => AuditLogModule.forRoot(given));
    expect(error).toMatchObject({ code: 'OPTIONS_INVALID', problems: [{ path }] });
  });

  it('that nobody knows stop the boot', async () => {
    const given = { prisma, actorExtractors: 1 } as unknown as AuditLogModuleOptions;
    expect(await refusal(() => AuditLogModule.forRoot(given))).toMatchObject({ code: 'OPTIONS_INVALID' });
  });

  it('of the published package are taken', async () => {
    const published = {
      prisma,
      prismaModule: { Prisma: {} },
      actorExtractor: () => ({ id: null, type: 'system' }) as const,
      tenantRequired: false,
      tableName: 'audit_logs',
      sensitiveFields: ['password'],
      sensitiveFieldsByModel: { User: ['name'] },
      excludeRoutes: ['health'],
      registerGlobalInterceptor: true,
      correlationIdHeader: 'x-correlation-id',
      correlationIdGetter: () => 'c',
      onAuditError: () => undefined,
      logger: quiet,
    };
    await using app = await serveOn('express', AuditLogModule.forRoot(published));
    expect(app.url).toMatch(/^http/);
  });
});
