import { auditSql } from '@nestarc/audit-log';
import { createTestDatabase, forEachPlatform, type ServedApp, serveOn, type TestDatabase } from '@nestarc/testing';
import { PrismaPg } from '@prisma/adapter-pg';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PrismaClient } from './fixture/generated/client';
import { TABLES } from './fixture/tables';
// #region example
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { createNestarcClient } from '@nestarc/client';
import { TenancyService } from '@nestarc/tenancy';

@Injectable()
export class PrismaService implements OnModuleInit {
  readonly client;

  constructor(tenancyService: TenancyService) {
    const adapter = new PrismaPg({ connectionString: process.env['DATABASE_URL'] });
    this.client = createNestarcClient(new PrismaClient({ adapter }), {
      tenancy: { service: tenancyService },
      softDelete: { softDeleteModels: ['User', 'Post'], cascade: { User: ['Post'] } },
      audit: { trackedModels: ['User', 'Post'] },
    });
  }

  async onModuleInit() {
    await this.client.$connect();
  }
}
// #endregion example
import { Body, Controller, Delete, Get, Module, Param, ParseIntPipe, Post } from '@nestjs/common';
import { SoftDeleteModule, SoftDeleteService } from '@nestarc/soft-delete';
import { TenancyModule } from '@nestarc/tenancy';

@Controller('users')
class UsersController {
  constructor(
    private readonly prisma: PrismaService,
    private readonly softDelete: SoftDeleteService,
  ) {}

  @Get()
  findAll(): Promise<unknown> {
    return this.prisma.client.user.findMany({ select: { email: true } });
  }

  @Post()
  create(@Body('email') email: string): Promise<unknown> {
    return this.prisma.client.user.create({ data: { email, posts: { create: { title: 'Hello' } } } });
  }

  @Delete(':id')
  remove(@Param('id', ParseIntPipe) id: number): Promise<unknown> {
    return this.prisma.client.user.delete({ where: { id } });
  }

  @Post(':id/restore')
  restore(@Param('id', ParseIntPipe) id: number): Promise<unknown> {
    return this.softDelete.restore('User', { id });
  }
}

@Module({
  imports: [
    TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id' }),
    SoftDeleteModule.forRoot({ prismaServiceToken: PrismaService }),
  ],
  controllers: [UsersController],
  providers: [PrismaService],
})
class AppModule {}

describe('the example', () => {
  let database: TestDatabase;
  let admin: Client;
  beforeAll(async () => {
    const schema = new PrismaClient({ adapter: new PrismaPg({ connectionString: 'postgresql://nowhere' }) });
    database = await createTestDatabase({ sql: TABLES + auditSql(schema, { trackedModels: ['User', 'Post'] }) });
    admin = new Client({ connectionString: database.adminUrl });
    await admin.connect();
    process.env['DATABASE_URL'] = database.appUrl;
  });
  afterAll(async () => {
    delete process.env['DATABASE_URL'];
    await admin.end();
    await database.drop();
  });

  const ask = async (
    { url }: ServedApp,
    tenant: string,
    path: string,
    method = 'GET',
    body?: object,
  ): Promise<unknown> => {
    const headers = { 'x-tenant-id': tenant, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const answer = await fetch(`${url}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    return answer.json();
  };

  forEachPlatform(
    (platform) => {
      it('keeps tenants apart, deletes softly, and records what was done', async () => {
        await admin.query('TRUNCATE users, posts RESTART IDENTITY');
        const app = await serveOn(platform, AppModule);
        await ask(app, 'tenant-a', '/users', 'POST', { email: 'ann@a.example' });
        await ask(app, 'tenant-b', '/users', 'POST', { email: 'bob@b.example' });
        await ask(app, 'tenant-a', '/users/1', 'DELETE');
        await ask(app, 'tenant-a', '/users/2', 'DELETE');
        expect([await ask(app, 'tenant-a', '/users'), await ask(app, 'tenant-b', '/users')]).toEqual([
          [],
          [{ email: 'bob@b.example' }],
        ]);
        await ask(app, 'tenant-a', '/users/1/restore', 'POST');
        expect(await ask(app, 'tenant-a', '/users')).toEqual([{ email: 'ann@a.example' }]);
        const { rows } = await admin.query<{ entry: string }>(
          `SELECT tenant_id || ' ' || action AS entry FROM audit_logs ORDER BY xid DESC, seq DESC LIMIT 8`,
        );
        const entries = rows.map(({ entry }) => entry).reverse();
        expect(entries.slice(0, 6)).toEqual([
          ...['tenant-a User.created', 'tenant-a Post.created', 'tenant-b User.created', 'tenant-b Post.created'],
          ...['tenant-a User.softDeleted', 'tenant-a Post.softDeleted'],
        ]);
        expect(entries.slice(6).sort()).toEqual(['tenant-a Post.restored', 'tenant-a User.restored']);
        await app.app.get(PrismaService).client.$disconnect();
        await app.close();
      });
    },
    { describe },
  );
});
