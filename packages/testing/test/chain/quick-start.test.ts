import { createTestDatabase, forEachPlatform, type ServedApp, serveOn, type TestDatabase } from '@nestarc/testing';
import { PrismaPg } from '@prisma/adapter-pg';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PrismaClient } from './fixture/generated/client';
// #region prisma-service
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { createPrismaSoftDeleteExtension } from '@nestarc/soft-delete';
import { createPrismaTenancyExtension, TenancyService } from '@nestarc/tenancy';

@Injectable()
export class PrismaService implements OnModuleInit {
  public readonly client;

  constructor(tenancyService: TenancyService) {
    const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: process.env['DATABASE_URL'] }) });
    this.client = prisma
      .$extends(createPrismaTenancyExtension(tenancyService))
      .$extends(createPrismaSoftDeleteExtension({ softDeleteModels: ['User'] }));
  }

  async onModuleInit() {
    await this.client.$connect();
  }
}
// #endregion prisma-service
// #region app-module
import { Body, Controller, Delete, Get, Module, Param, Post } from '@nestjs/common';
import { SoftDeleteModule, SoftDeleteService, WithDeleted } from '@nestarc/soft-delete';
import { TenancyModule } from '@nestarc/tenancy';

@Controller('users')
export class UsersController {
  constructor(
    private readonly prisma: PrismaService,
    private readonly softDelete: SoftDeleteService,
  ) {}

  @Get()
  findAll() {
    return this.prisma.client.user.findMany();
  }

  @WithDeleted('User')
  @Get('all')
  findAllWithDeleted() {
    return this.prisma.client.user.findMany();
  }

  @Post()
  create(@Body('name') name: string) {
    return this.prisma.client.user.create({ data: { name } });
  }

  @Delete(':id')
  remove(@Param('id') id: string) {
    return this.prisma.client.user.delete({ where: { id: Number(id) } });
  }

  @Post(':id/restore')
  restore(@Param('id') id: string) {
    return this.softDelete.restore('User', { id: Number(id) });
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
export class AppModule {}
// #endregion app-module

/** Asks as a tenant: the status and the body of the answer. */
async function ask(
  { url }: ServedApp,
  tenant: string,
  path: string,
  method = 'GET',
  body?: object,
): Promise<readonly [status: number, body: unknown]> {
  const headers = { 'x-tenant-id': tenant, 'content-type': 'application/json' };
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: body === undefined ? { 'x-tenant-id': tenant } : headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return [answer.status, await answer.json()];
}

describe('the Quick Start of tenancy and soft deletes', () => {
  let database: TestDatabase;
  let admin: Client;
  beforeAll(async () => {
    database = await createTestDatabase({ sql: readFileSync(join(__dirname, 'fixture/schema.sql'), 'utf8') });
    admin = new Client({ connectionString: database.adminUrl });
    await admin.connect();
    await admin.query(
      'ALTER TABLE users ADD COLUMN deleted_at timestamp(3), ADD COLUMN deleted_by text, ADD COLUMN deletion_id uuid',
    );
    process.env['DATABASE_URL'] = database.appUrl;
  });
  afterAll(async () => {
    delete process.env['DATABASE_URL'];
    await admin.end();
    await database.drop();
  });

  forEachPlatform(
    (platform) => {
      it('boots, and each tenant deletes, sees and restores its own', async () => {
        await admin.query('TRUNCATE users RESTART IDENTITY');
        const app = await serveOn(platform, AppModule);
        const names = async (tenant: string, path = '/users'): Promise<unknown> => {
          const [, users] = await ask(app, tenant, path);
          return (users as { name: string }[]).map(({ name }) => name);
        };
        await ask(app, 'tenant-a', '/users', 'POST', { name: 'Alice' });
        await ask(app, 'tenant-b', '/users', 'POST', { name: 'Bob' });
        expect(await ask(app, 'tenant-b', '/users/1', 'DELETE')).toMatchObject([500, {}]);
        expect((await ask(app, 'tenant-a', '/users/1', 'DELETE'))[0]).toBe(200);
        expect([await names('tenant-a'), await names('tenant-b')]).toEqual([[], ['Bob']]);
        expect([await names('tenant-a', '/users/all'), await names('tenant-b', '/users/all')]).toEqual([
          ['Alice'],
          ['Bob'],
        ]);
        expect((await ask(app, 'tenant-b', '/users/1/restore', 'POST'))[0]).toBe(404);
        expect(await names('tenant-a')).toEqual([]);
        expect((await ask(app, 'tenant-a', '/users/1/restore', 'POST'))[0]).toBe(201);
        expect(await names('tenant-a')).toEqual(['Alice']);
        expect((await ask(app, '', '/users'))[0]).toBe(403);
        await app.app.get(PrismaService).client.$disconnect();
        await app.close();
      });
    },
    { describe },
  );
});
