import { setTimeout } from 'node:timers/promises';
import { createTestDatabase, serveOn, type ServedApp, type TestDatabase } from '@nestarc/testing';
import { type CanActivate, Controller, type ExecutionContext, Injectable, Module, Post } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { amendContext, createContext, parseTenantId, runWithContext } from '@nestarc/core';
import { auditSql } from '../../src';
import { type AuditedClient, createAudited } from '../fixture/audited-client';
import { entriesOf, schemaClient, TABLES } from '../fixture/database';
import { TRACKED } from './guide-world';

// #region extractor
import { type ActorRequest, type AuditActor, AuditContext, AuditLogModule } from '@nestarc/audit-log';

/** What the guards of this application leave on a request. */
interface KnownRequest extends ActorRequest {
  readonly user?: { readonly id: string; readonly supporter?: string };
  readonly apiKey?: string;
}

export function actorOf({ user, apiKey, ip }: KnownRequest): AuditActor {
  if (apiKey !== undefined) return { id: apiKey, type: 'api_key', ip };
  // Somebody of the support who is logged in as the user is who acts, on behalf of the user.
  if (user?.supporter !== undefined) {
    return { id: user.supporter, type: 'support', ip, onBehalfOf: { id: user.id, type: 'user' } };
  }
  return { id: user?.id ?? null, type: user === undefined ? 'system' : 'user', ip };
}
// #endregion extractor

let prisma: AuditedClient;

// #region outlives
@Injectable()
export class ReportService {
  /** Goes on when the request has been answered, and is recorded as part of it. */
  async startReport(): Promise<void> {
    void setTimeout(50).then(() => prisma.user.create({ data: { email: 'report@acme.example' } }));
  }
}
// #endregion outlives

// #region job
/** A job has no request: it says whose work it does, as whom, and why. */
export async function sendReminders(tenant: string): Promise<void> {
  const context = createContext({ tenantId: parseTenantId(tenant), requestId: 'reminders-2026-11-23' });
  await runWithContext(context, () =>
    AuditContext.runAs({ id: 'reminders', type: 'job' }, async () => {
      AuditContext.setReason('invoice overdue');
      AuditContext.setMetadata({ batch: 12 });
      await prisma.user.updateMany({ where: { visits: 0 }, data: { name: 'Reminded' } });
    }),
  );
}
// #endregion job

@Controller('reports')
class ReportsController {
  constructor(private readonly reports: ReportService) {}

  @Post()
  async start(): Promise<string> {
    await this.reports.startReport();
    return 'started';
  }
}

const asSupporter: CanActivate = {
  canActivate: (execution: ExecutionContext) => {
    execution.switchToHttp().getRequest<{ user: object }>().user = { id: 'u-1', supporter: 's-7' };
    amendContext({ tenantId: parseTenantId('acme') });
    return true;
  },
};

describe.each(['express', 'fastify'] as const)('on %s', (platform) => {
  let database: TestDatabase;
  let app: ServedApp;
  beforeAll(async () => {
    database = await createTestDatabase({ sql: TABLES + auditSql(schemaClient(), TRACKED) });
    prisma = createAudited(database.appUrl, TRACKED);
    @Module({
      imports: [AuditLogModule.forRoot({ prisma, actorExtractor: actorOf })],
      controllers: [ReportsController],
      providers: [ReportService, { provide: APP_GUARD, useValue: asSupporter }],
    })
    class AppModule {}
    app = await serveOn(platform, AppModule);
  });
  afterAll(async () => {
    await app.close();
    await prisma.$disconnect();
    await database.drop();
  });

  it('knows who acts and for whom, also in work that goes on behind the answer, and in jobs', async () => {
    const headers = { 'x-request-id': 'trace-1' };
    expect((await fetch(`${app.url}/reports`, { method: 'POST', headers })).status).toBe(201);
    while ((await entriesOf(database)).length === 0) await setTimeout(20);
    await sendReminders('acme');
    const [report, reminder] = await entriesOf(database);
    expect(report).toMatchObject({
      actor_id: 's-7',
      actor_type: 'support',
      on_behalf_of: { id: 'u-1', type: 'user' },
      correlation_id: 'trace-1',
    });
    expect(report?.request_id).toBeTruthy();
    expect(report?.actor_ip).toBeTruthy();
    expect(reminder).toMatchObject({
      actor_id: 'reminders',
      actor_type: 'job',
      request_id: 'reminders-2026-11-23',
      reason: 'invoice overdue',
      metadata: { batch: 12 },
    });
  });
});
