import { PLATFORMS, type ServedApp, type TestDatabase } from '@nestarc/testing';
import { Controller, ForbiddenException, Inject, Post, Query, Req, UseGuards } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AuditAction, AuditContext, type AuditErrorContext, AuditReason, AuditService, NoAudit } from '../../src';
import { type AuditedClient, createAudited } from '../fixture/audited-client';
import { createAuditedDatabase, mark } from '../fixture/database';
import { atTheGuard, auditApp, type AuditAppOptions, byUser, post, serve, type TestRequest } from './audit-app';

let database: TestDatabase;
let prisma: AuditedClient;
const late: Promise<unknown>[] = [];

beforeAll(async () => {
  database = await createAuditedDatabase({ alwaysAuditedModels: ['Payment'] });
  prisma = createAudited(database.appUrl, { alwaysAuditedModels: ['Payment'] });
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});
afterEach(() => {
  atTheGuard.look = () => undefined;
});

const write = (name?: string) => prisma.user.create({ data: { email: randomUUID(), name: name ?? null } });

@Controller('users')
class UsersController {
  constructor(@Inject(AuditService) private readonly audit: AuditService) {}

  @Post('plain')
  plain(): unknown {
    return write();
  }

  @Post('log')
  log(): unknown {
    return this.audit.log({ action: 'user.viewed', targetType: 'User', targetId: 'x' }).then(() => ({}));
  }

  @Post('rollback')
  async rollback(): Promise<unknown> {
    const failed = prisma.withAuditTransaction(async () => {
      await this.audit.log({ action: 'never.happened' });
      throw new ForbiddenException();
    });
    return failed;
  }

  @Post('late')
  later(): unknown {
    setTimeout(() => late.push(write().then()), 20);
    return {};
  }

  @NoAudit()
  @Post('silent')
  async silent(): Promise<unknown> {
    await prisma.payment.create({ data: { amount: 1 } });
    return write();
  }

  @AuditAction('invitation.accepted')
  @AuditReason('asked for it')
  @Post('named')
  named(): unknown {
    return write();
  }

  @Post('said')
  async said(@Query('reason') reason: string): Promise<unknown> {
    AuditContext.setReason(reason);
    AuditContext.setMetadata({ reason });
    await sleep(1);
    return write(reason);
  }

  @Post('behalf')
  behalf(@Req() request: TestRequest): unknown {
    AuditContext.setActor({ id: 'support', type: 'user', onBehalfOf: { id: request.user?.id ?? '', type: 'user' } });
    return write();
  }

  @Post('refused')
  @UseGuards({ canActivate: () => write().then(() => false) })
  refused(): unknown {
    return {};
  }
}

@NoAudit()
@Controller('quiet')
class QuietController {
  @Post('all')
  all(): unknown {
    return write();
  }
}

const module = (options: AuditAppOptions = {}) =>
  auditApp(prisma, { controllers: [UsersController, QuietController] }, options);
const U1 = { 'x-user': 'u1' };

describe.each(PLATFORMS)('on %s', (platform) => {
  describe.each([
    ['alone', false],
    ['behind a context that is open already', true],
  ])('an application, %s', (_how, hasContext) => {
    let app: ServedApp;
    beforeAll(async () => {
      app = await serve(platform, module(), hasContext);
    });
    afterAll(() => app.close());

    const since = () => mark(database);

    it('records whom a guard has found, with the address, the tenant and the request', async () => {
      const then = await since();
      expect((await post(app, '/users/plain', { ...U1, 'x-tenant-id': 'b' })).status).toBe(201);
      const [entry] = await then.entries();
      expect(entry).toMatchObject({
        actor_id: 'u1',
        actor_type: 'user',
        actor_ip: '10.0.0.1',
        tenant_id: 'b',
        correlation_id: null,
      });
      expect(entry?.request_id).toMatch(/^[0-9a-f-]{36}$/);
    });

    it('records nobody where there is nobody, and who was proven where the extractor knows of nobody', async () => {
      const then = await since();
      await post(app, '/users/plain');
      await post(app, '/users/plain', { 'x-proven': 'jwt' });
      await post(app, '/users/plain', { 'x-proven': 'jwt', ...U1 });
      expect((await then.entries()).map(({ actor_id: actor, actor_type: type }) => [actor, type])).toEqual([
        [null, 'system'],
        ['jwt', 'user'],
        ['u1', 'user'],
      ]);
    });

    it('records the actor of what guards write, and of manual entries, which are part of the transaction', async () => {
      const then = await since();
      await post(app, '/users/refused', U1);
      await post(app, '/users/log', U1);
      await post(app, '/users/rollback', U1);
      expect((await then.entries()).map(({ actor_id: actor, action }) => [actor, action])).toEqual([
        ['u1', 'User.created'],
        ['u1', 'user.viewed'],
      ]);
    });

    it('ties entries to the header of the request', async () => {
      const then = await since();
      await post(app, '/users/plain', { 'x-request-id': 'c1' });
      await post(app, '/users/plain', { 'x-request-id': 'x'.repeat(1000) });
      expect((await then.entries()).map((entry) => entry.correlation_id)).toEqual(['c1', 'x'.repeat(200)]);
    });

    it('keeps the actor, the tenant and the request for work that outlives it', async () => {
      const then = await since();
      await post(app, '/users/late', { ...U1, 'x-tenant-id': 'b' });
      while (late.length === 0) await sleep(5);
      await Promise.all(late.splice(0));
      expect(await then.entries()).toMatchObject([
        { actor_id: 'u1', tenant_id: 'b', request_id: expect.any(String) as string },
      ]);
    });

    it('runs handlers as their decorators say, and leaves others alone', async () => {
      const then = await since();
      for (const path of ['/users/silent', '/users/plain', '/quiet/all', '/users/named']) await post(app, path, U1);
      const entries = await then.entries();
      expect(
        entries.map(({ action, op, target_id: target, reason, metadata }) => [
          action,
          op,
          target !== null,
          reason,
          metadata,
        ]),
      ).toEqual([
        ['Payment.created', 'insert', true, null, null],
        ['User.created', 'insert', false, null, { suppressed: true, count: 1 }],
        ['User.created', 'insert', true, null, null],
        ['User.created', 'insert', false, null, { suppressed: true, count: 1 }],
        ['invitation.accepted', 'insert', true, 'asked for it', null],
      ]);
      expect(new Set(entries.map((entry) => entry.actor_id))).toEqual(new Set(['u1']));
    });

    it('records whom an actor stands in for', async () => {
      const then = await since();
      await post(app, '/users/behalf', U1);
      expect(await then.entries()).toMatchObject([{ actor_id: 'support', on_behalf_of: { id: 'u1', type: 'user' } }]);
    });

    it('keeps 100 requests apart', async () => {
      const then = await since();
      await Promise.all(
        Array.from({ length: 100 }, (_, n) => {
          const headers = { 'x-user': `u${n}`, 'x-tenant-id': n % 2 === 0 ? 'a' : 'b' };
          return post(app, `/users/said?reason=r${n}`, n % 10 === 0 ? { 'x-tenant-id': 'a' } : headers);
        }),
      );
      const entries = await then.entries();
      expect(entries).toHaveLength(100);
      for (const { new: fresh, reason, metadata, actor_id: actor, tenant_id: tenant } of entries) {
        const n = Number(String(fresh?.['name']).slice(1));
        expect([reason, metadata?.['reason']]).toEqual([`r${n}`, `r${n}`]);
        expect([actor, tenant]).toEqual(n % 10 === 0 ? [null, 'a'] : [`u${n}`, n % 2 === 0 ? 'a' : 'b']);
      }
    });
  });

  describe('the options', () => {
    it('take an extractor that answers later, and report one that fails, after which nobody is recorded', async () => {
      const told: [string, AuditErrorContext][] = [];
      const options: AuditAppOptions = {
        actorExtractor: async (request: TestRequest) => {
          await sleep(2);
          if (request.user?.id === 'broken') throw new Error('no');
          if (request.user?.id === 'nonsense') return 'u1' as never;
          return byUser(request);
        },
        onAuditError: (error, context) => void told.push([(error as Error).message, context]),
      };
      await using app = await serve(platform, module(options));
      const then = await mark(database);
      for (const user of ['u1', 'broken', 'nonsense']) await post(app, '/users/plain', { 'x-user': user });
      expect((await then.entries()).map((entry) => entry.actor_id)).toEqual(['u1', null, null]);
      expect(told).toEqual([
        ['no', { phase: 'context' }],
        [expect.stringContaining('Expected an actor'), { phase: 'context' }],
      ]);
    });

    it('leave out routes, and ask elsewhere for the correlation id', async () => {
      const options: AuditAppOptions = {
        excludeRoutes: ['users/named'],
        correlationIdGetter: (request) => `from ${String(request.headers['x-trace'])}`,
      };
      await using app = await serve(platform, module(options), true);
      const then = await mark(database);
      await post(app, '/users/named', U1);
      await post(app, '/users/plain', { ...U1, 'x-trace': 't1', 'x-request-id': 'c1' });
      expect(await then.entries()).toMatchObject([
        { actor_id: null, action: 'User.created', correlation_id: null },
        { actor_id: 'u1', correlation_id: 'from t1' },
      ]);
    });

    it('do without the interceptor: who acts is asked where something is written', async () => {
      await using app = await serve(
        platform,
        module({ registerGlobalInterceptor: false, correlationIdHeader: 'X-Trace' }),
      );
      const then = await mark(database);
      await post(app, '/users/plain', { ...U1, 'x-trace': 't1' });
      await post(app, '/users/named', U1);
      expect(await then.entries()).toMatchObject([
        { actor_id: 'u1', correlation_id: 't1' },
        { actor_id: 'u1', action: 'User.created' },
      ]);
    });
  });
});
