import { BypassTenancy, createPrismaTenancyExtension, CurrentTenant, TenancyModule } from '../../src';
import type { TenancyModuleOptions } from '../../src';
import { countRoundTrips, type Platform, type RoundTripCounter } from '@nestarc/testing';
import { Controller, Get, type INestApplication, type LoggerService, Module, Query } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitter2, EventEmitterModule } from '@nestjs/event-emitter';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { PrismaPg } from '@prisma/adapter-pg';
import { inspect } from 'node:util';
import { DIRECT_POOL } from '../fixture/database-path';
import { PrismaClient } from '../fixture/generated/client';
import { A, b1, ib1, IsolationFixture, tb, tenancyService } from '../fixture/isolation-fixture';
import { JwksServer } from '../jwt/jwks-server';
import { type RawAnswer, type RawHead, sendRaw } from './raw-http';

/** What belongs to tenant B besides its id. */
export const DATA_OF_B = [b1, ib1, tb, 'b1@example.com'];

/** What a request led to. */
export interface Outcome extends RawAnswer {
  /** How often handlers with a tenant ran. */
  readonly handlers: number;
  /** How often somebody waited for PostgreSQL. */
  readonly statements: number;
  /** What was logged and announced. */
  readonly logs: string;
  readonly events: string;
}

/** An application on a range. */
export interface RangeApp {
  readonly url: string;
  readonly nest: INestApplication;
  close(): Promise<void>;
}

/** What the controllers of all applications share: the client, and the count of what they did. */
const shared: { client: PrismaClient | undefined; handlers: number } = { client: undefined, handlers: 0 };

function workingClient(): PrismaClient {
  shared.handlers += 1;
  if (shared.client === undefined) throw new Error('There is no range');
  return shared.client;
}

@Controller()
class CustomersController {
  @Get(['customers', 't/:tenant/customers'])
  list(@CurrentTenant() tenantId: string): unknown {
    return workingClient()
      .customer.findMany()
      .then((rows) => ({ tenantId, rows }));
  }

  /** As nobody should write it. */
  @Get('search')
  search(@Query('q') q: string): unknown {
    return workingClient().$queryRawUnsafe(
      `SELECT id::text, tenant_id::text AS "tenantId", email FROM customers WHERE email LIKE '%${q}%'`,
    );
  }

  @BypassTenancy()
  @Get('health')
  health(@CurrentTenant() tenantId: string | null): unknown {
    return { tenantId };
  }
}

/** Applications with a real database behind, and everything in view that a hostile request might reach. */
export class HostileRange {
  readonly #logs: string[] = [];
  readonly #events: string[] = [];

  private constructor(
    readonly fixture: IsolationFixture,
    readonly keys: JwksServer,
    private readonly counter: RoundTripCounter,
    private readonly client: PrismaClient,
  ) {}

  static async create(): Promise<HostileRange> {
    const fixture = await IsolationFixture.create(DIRECT_POOL);
    await fixture.seed();
    const counter = await countRoundTrips(fixture.database.appUrl);
    const adapter = new PrismaPg({ connectionString: counter.url, max: 5 });
    const prisma = new PrismaClient({ adapter }).$extends(
      createPrismaTenancyExtension(tenancyService()),
    ) as unknown as PrismaClient;
    shared.client = prisma;
    return new HostileRange(fixture, await JwksServer.start(), counter, prisma);
  }

  async serve(platform: Platform, options: TenancyModuleOptions, trustProxy = false): Promise<RangeApp> {
    @Module({
      imports: [EventEmitterModule.forRoot(), TenancyModule.forRoot(options)],
      controllers: [CustomersController],
    })
    class RangeModule {}
    const settings = { logger: this.#logger(), forceCloseConnections: true, abortOnError: false };
    const nest =
      platform === 'fastify'
        ? await NestFactory.create(
            RangeModule,
            new FastifyAdapter({ trustProxy, forceCloseConnections: true }),
            settings,
          )
        : await NestFactory.create<NestExpressApplication>(RangeModule, settings);
    if (platform === 'express') (nest as NestExpressApplication).set('trust proxy', trustProxy);
    await nest.listen(0, '127.0.0.1');
    nest.get(EventEmitter2).onAny((event, payload: object) => {
      this.#events.push(`${String(event)} ${JSON.stringify(payload)}`);
    });
    return { url: await nest.getUrl(), nest, close: () => nest.close() };
  }

  /** Starts all counts anew. */
  reset(): void {
    shared.handlers = 0;
    this.counter.reset();
    this.#logs.length = 0;
    this.#events.length = 0;
  }

  /** What has happened since the counts were started anew. */
  seen(): Omit<Outcome, keyof RawAnswer> {
    return {
      handlers: shared.handlers,
      statements: this.counter.count,
      logs: this.#logs.join('\n'),
      events: this.#events.join('\n'),
    };
  }

  /** Sends one request, and looks at what it leads to. */
  async send(app: RangeApp, head: RawHead, method?: string): Promise<Outcome> {
    this.reset();
    return { ...(await sendRaw(app.url, head, method)), ...this.seen() };
  }

  /** Everything of all tenants, to see that it stays as it is. */
  everything(): Promise<unknown> {
    return this.fixture.asAdmin(`SELECT to_jsonb(c) AS row FROM customers c ORDER BY id`);
  }

  async close(): Promise<void> {
    await this.client.$disconnect();
    await this.counter.close();
    await this.keys[Symbol.asyncDispose]();
    await this.fixture.close();
  }

  #logger(): LoggerService {
    const write = (...words: unknown[]): void => void this.#logs.push(words.map((word) => inspect(word)).join(' '));
    return { log: write, error: write, warn: write, debug: write, verbose: write, fatal: write };
  }
}

/** Whether a request was served as tenant A, and as nobody else. */
export function isServedAsA({ status, body }: RawAnswer): boolean {
  if (status !== 200) return false;
  const { tenantId, rows } = JSON.parse(body) as { tenantId: string; rows: { tenantId: string }[] };
  return tenantId === A && rows.length === 2 && rows.every((row) => row.tenantId === A);
}
