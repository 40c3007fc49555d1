import { Body, Controller, Get, Post } from '@nestjs/common';
import { PLATFORMS, type ServedApp, serveOn } from '@nestarc/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DIRECT_POOL } from '../fixture/database-path';
import { A, B, IsolationFixture } from '../fixture/isolation-fixture';
import { Database as PrismaService, DATABASE_URL } from '../http-fixture';
import { AuthGuard, SESSIONS } from './guide-app';

@Controller('customers')
class CustomersController {
  constructor(private readonly prisma: PrismaService) {}

  @Get()
  async list() {
    return { visible: await this.prisma.client.customer.count() };
  }

  @Post()
  async createBoth(@Body() { emails }: { emails: string[] }) {
    for (const email of emails) await this.prisma.client.customer.create({ data: { email } });
    return { created: emails.length };
  }
}

const databaseUrl = { provide: DATABASE_URL, useFactory: () => process.env['GUIDE_DATABASE_URL'] };
// #region module
import { RequestTransactionInterceptor, TransactionModule } from '@nestarc/prisma/nest';
import { TenancyModule, userProof } from '@nestarc/tenancy';
import { Global, Module } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';

@Global()
@Module({ providers: [PrismaService, databaseUrl], exports: [PrismaService] })
export class PrismaModule {}

@Module({
  imports: [
    TenancyModule.forRoot({ proof: userProof(), tenantIdFormat: 'uuid' }),
    TransactionModule.forRootAsync({
      inject: [PrismaService],
      useFactory: ({ client }: PrismaService) => ({ client }),
    }),
    PrismaModule,
  ],
  controllers: [CustomersController],
  providers: [
    { provide: APP_GUARD, useClass: AuthGuard },
    { provide: APP_INTERCEPTOR, useClass: RequestTransactionInterceptor },
  ],
})
export class AppModule {}
// #endregion module

describe.each(PLATFORMS)('request.user.tenantId and a transaction for each request, on %s', (platform) => {
  let fixture: IsolationFixture;
  let app: ServedApp;
  beforeAll(async () => {
    fixture = await IsolationFixture.create(DIRECT_POOL);
    process.env['GUIDE_DATABASE_URL'] = fixture.database.appUrl;
    SESSIONS.set('of-a', { id: 'of-a', tenantId: A });
    SESSIONS.set('of-b', { id: 'of-b', tenantId: B });
    app = await serveOn(platform, AppModule);
  });
  beforeEach(() => fixture.seed());
  afterAll(async () => {
    delete process.env['GUIDE_DATABASE_URL'];
    await app.close();
    await fixture.close();
  });

  const request = async (session: string, emails?: string[]): Promise<{ status: number; body: unknown }> => {
    const headers = { 'x-session': session, 'content-type': 'application/json' };
    const post = emails && { method: 'POST', body: JSON.stringify({ emails }) };
    const response = await fetch(`${app.url}/customers`, { headers, ...post });
    return { status: response.status, body: await response.json() };
  };

  it('keep the tenants of parallel requests apart', async () => {
    const sessions = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? 'of-a' : 'of-b'));
    const answers = await Promise.all(sessions.map((session) => request(session)));
    answers.forEach(({ body }, index) => expect(body).toEqual({ visible: index % 2 === 0 ? 2 : 1 }));
    expect(await request('nobody')).toMatchObject({ status: 401 });
  });

  it('write all of a request, or nothing', async () => {
    const [taken] = await fixture.asAdmin<{ email: string }>('SELECT email FROM customers WHERE tenant_id = $1', [B]);
    expect((await request('of-b', ['new@b.example', taken?.email ?? ''])).status).toBe(500);
    expect((await request('of-b')).body).toEqual({ visible: 1 });
    expect(await request('of-b', ['new@b.example'])).toMatchObject({ status: 201, body: { created: 1 } });
    expect((await request('of-b')).body).toEqual({ visible: 2 });
    expect((await request('of-a')).body).toEqual({ visible: 2 });
  });
});
