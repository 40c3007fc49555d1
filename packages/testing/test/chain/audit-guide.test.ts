import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { forEachPlatform, createTestDatabase, type ServedApp, serveOn, type TestDatabase } from '@nestarc/testing';
import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PrismaClient } from './shop/generated/client';

// #region by-hand
import { Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { AuditLogModule, AuditService, createAuditExtension } from '@nestarc/audit-log';
import { createPrismaSoftDeleteExtension, SoftDeleteModule } from '@nestarc/soft-delete';
import { createPrismaTenancyExtension, TenancyModule, TenancyService } from '@nestarc/tenancy';

@Injectable()
export class PrismaService implements OnModuleInit {
  readonly client;

  constructor(tenancyService: TenancyService) {
    this.client = new PrismaClient({ adapter: new PrismaPg({ connectionString: process.env['DATABASE_URL'] }) })
      .$extends(createPrismaTenancyExtension(tenancyService))
      .$extends(createPrismaSoftDeleteExtension({ softDeleteModels: ['User', 'Post'], cascade: { User: ['Post'] } }))
      .$extends(createAuditExtension({ trackedModels: ['User', 'Post'] }));
  }

  async onModuleInit() {
    await this.client.$connect();
  }
}

@Module({ providers: [PrismaService], exports: [PrismaService] })
export class PrismaModule {}
// #endregion by-hand

// #region modules
import { Body, Controller, Delete, Get, Param, ParseIntPipe, Post } from '@nestjs/common';

@Controller('users')
export class UsersController {
  constructor(
    private readonly prisma: PrismaService,
    private readonly audit: AuditService,
  ) {}

  @Post()
  create(@Body('email') email: string) {
    return this.prisma.client.user.create({
      data: { email, posts: { create: { title: 'Hello' } } },
      select: { id: true },
    });
  }

  @Delete(':id')
  remove(@Param('id', ParseIntPipe) id: number) {
    return this.prisma.client.user.delete({ where: { id }, select: { id: true } });
  }

  /** What became of the user. Of another tenant's there is nothing to see. */
  @Get(':id/history')
  async history(@Param('id', ParseIntPipe) id: number) {
    const entries = await this.audit.history('User', id);
    return entries.map(({ action, operationId, requestId }) => ({ action, operationId, requestId }));
  }

  /** Takes back what a request did. */
  @Post('undo/:requestId')
  undo(@Param('requestId') requestId: string) {
    return this.audit.revert(requestId);
  }
}

@Module({
  imports: [
    TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id' }),
    SoftDeleteModule.forRoot({ prismaServiceToken: PrismaService }),
    AuditLogModule.forRootAsync({
      imports: [PrismaModule],
      inject: [PrismaService],
      useFactory: (prisma: PrismaService) => ({ prisma }),
    }),
    PrismaModule,
  ],
  controllers: [UsersController],
})
export class AppModule {}
// #endregion modules

// #region migration
import { auditSql } from '@nestarc/audit-log';
import { softDeleteSql } from '@nestarc/soft-delete';

/** For a migration. `prisma` is the extended client, which says what is deleted softly. */
export const migrationOf = (prisma: object): string =>
  softDeleteSql(prisma) + auditSql(prisma, { trackedModels: ['User', 'Post'] });
// #endregion migration

interface Line {
  readonly action: string;
  readonly operationId: string | null;
  readonly requestId: string;
}

async function ask<T>({ url }: ServedApp, path: string, method = 'GET', tenant = 'acme', body?: object): Promise<T> {
  const headers = { 'x-tenant-id': tenant, ...(body && { 'content-type': 'application/json' }) };
  const answer = await fetch(`${url}/users${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  return (await answer.json()) as T;
}

describe('the guide of the audit log, with tenants and soft deletes', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    const extended = new PrismaClient({ adapter: new PrismaPg({ connectionString: 'postgresql://nowhere' }) }).$extends(
      createPrismaSoftDeleteExtension({ softDeleteModels: ['User', 'Post'], cascade: { User: ['Post'] } }),
    );
    const tables = readFileSync(join(__dirname, 'shop/schema.sql'), 'utf8');
    database = await createTestDatabase({ sql: tables + migrationOf(extended) });
    process.env['DATABASE_URL'] = database.appUrl;
  });
  afterAll(async () => {
    delete process.env['DATABASE_URL'];
    await database.drop();
  });

  forEachPlatform(
    (platform) => {
      it('a deletion is one operation that each tenant sees of its own, and can take back', async () => {
        const app = await serveOn(platform, AppModule);
        const { id } = await ask<{ id: number }>(app, '', 'POST', 'acme', { email: `ada@${platform}.example` });
        await ask(app, `/${String(id)}`, 'DELETE');
        const [deleted, created] = await ask<Line[]>(app, `/${String(id)}/history`);
        expect([deleted?.action, created?.action]).toEqual(['User.softDeleted', 'User.created']);
        expect(deleted?.operationId).toBeTruthy();
        expect(await ask(app, `/${String(id)}/history`, 'GET', 'umbrella')).toEqual([]);
        const requestId = deleted?.requestId ?? '';
        expect(await ask(app, `/undo/${requestId}`, 'POST', 'umbrella')).toMatchObject({ statusCode: 404 });
        expect(await ask(app, `/undo/${requestId}`, 'POST')).toEqual({ requestId, reverted: 2 });
        const client = app.app.get(PrismaService).client;
        expect(await ask<Line[]>(app, `/${String(id)}/history`)).toHaveLength(3);
        await client.$disconnect();
        await app.close();
      });
    },
    { describe },
  );
});
