import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '../fixture/generated/client';

// #region example
import { Injectable, Module } from '@nestjs/common';
import { AuditContext, AuditLogModule, AuditService, createAuditExtension } from '@nestarc/audit-log';

@Injectable()
export class PrismaService {
  readonly client = new PrismaClient({
    adapter: new PrismaPg({ connectionString: process.env['DATABASE_URL'] }),
  }).$extends(createAuditExtension({ trackedModels: ['User', 'Post', 'Account'] }));
}

@Module({ providers: [PrismaService], exports: [PrismaService] })
export class PrismaModule {}
// #endregion example

// #region handlers
import { Controller, Delete, Param, Post } from '@nestjs/common';
import { AuditAction, AuditReason, NoAudit } from '@nestarc/audit-log';

@Controller('users')
export class UsersController {
  constructor(
    private readonly prisma: PrismaService,
    private readonly audit: AuditService,
  ) {}

  /** What is written is recorded as `invitation.accepted`; the change and the manual entry are kept together, or neither. */
  @AuditAction('invitation.accepted')
  @Post(':email')
  accept(@Param('email') email: string) {
    return this.prisma.client.withAuditTransaction(async (tx) => {
      const user = await tx.user.create({ data: { email }, select: { id: true } });
      await this.audit.log({ action: 'mail.sent', targetType: 'User', targetId: user.id });
      return user;
    });
  }

  @AuditReason('asked for by the user')
  @Delete(':id')
  remove(@Param('id') id: string) {
    return this.prisma.client.user.delete({ where: { id }, select: { id: true } });
  }

  /** Leaves one marker for the statement, which counts the rows. */
  @NoAudit()
  @Post('import/:email')
  import(@Param('email') email: string) {
    return this.prisma.client.user.createMany({ data: [{ email: `1${email}` }, { email: `2${email}` }] });
  }
}

@Injectable()
export class NightlyService {
  constructor(private readonly prisma: PrismaService) {}

  /** Outside of a request nobody knows who acts, unless it is said. */
  rename(id: string) {
    return AuditContext.runAs({ id: 'nightly', type: 'job', onBehalfOf: { id: 'support-7', type: 'user' } }, () => {
      AuditContext.setReason('ticket 7');
      AuditContext.setMetadata({ batch: 12 });
      return this.prisma.client.user.update({ where: { id }, data: { name: 'Alice' }, select: { name: true } });
    });
  }
}
// #endregion handlers

// #region module
@Module({
  imports: [
    AuditLogModule.forRootAsync({
      imports: [PrismaModule],
      inject: [PrismaService],
      useFactory: (prisma: PrismaService) => ({
        prisma,
        actorExtractor: ({ user, ip }) => ({ id: user?.id ?? null, type: user ? 'user' : 'system', ip }),
      }),
    }),
    PrismaModule,
  ],
  controllers: [UsersController],
  providers: [NightlyService],
})
export class AppModule {}
// #endregion module

import { amendContext, parseTenantId } from '@nestarc/core';
import { createTestDatabase, serveOn, type TestDatabase } from '@nestarc/testing';
import { type CanActivate } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { auditSql } from '../../src';
import { as, entriesOf, schemaClient, TABLES } from '../fixture/database';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({
    sql: TABLES + auditSql(schemaClient(), { trackedModels: ['User', 'Post', 'Account'] }),
  });
  process.env['DATABASE_URL'] = database.appUrl;
});
afterAll(async () => {
  delete process.env['DATABASE_URL'];
  await database.drop();
});

it('records what the handlers of an application do, and its jobs', async () => {
  const guard: CanActivate = {
    canActivate: (execution) => {
      execution.switchToHttp().getRequest<{ user: object }>().user = { id: 'u1' };
      amendContext({ tenantId: parseTenantId('a') });
      return true;
    },
  };
  @Module({ imports: [AppModule], providers: [{ provide: APP_GUARD, useValue: guard }] })
  class TestedModule {}
  await using served = await serveOn('express', TestedModule);
  const send = async (path: string, method = 'POST'): Promise<{ id: string }> =>
    (await (await fetch(`${served.url}/users/${path}`, { method })).json()) as { id: string };
  const { id } = await send('x@y.z');
  await send('import/x@y.z');
  await as('a', () => served.app.get(NightlyService).rename(id));
  await send(id, 'DELETE');
  const entries = await entriesOf(database);
  expect(
    entries.map(({ action, actor_id: actor, actor_ip: ip, reason }) => [action, actor, ip !== null, reason]),
  ).toEqual([
    ['invitation.accepted', 'u1', true, null],
    ['mail.sent', 'u1', true, null],
    ['User.created', 'u1', true, null],
    ['User.updated', 'nightly', false, 'ticket 7'],
    ['User.deleted', 'u1', true, 'asked for by the user'],
  ]);
  expect(entries[2]?.metadata).toEqual({ suppressed: true, count: 2 });
  expect(entries[3]).toMatchObject({ on_behalf_of: { id: 'support-7', type: 'user' }, metadata: { batch: 12 } });
  await served.app.get(PrismaService).client.$disconnect();
});
