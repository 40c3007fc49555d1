import { Module, type Type } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import {
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
} from '@nestjs/websockets';
import { type Platform, type ServedApp, serveOn } from '@nestarc/testing';
import { currentContext } from '@nestarc/core';
import { concatMap, from, interval, map, take, throwError, type Observable } from 'rxjs';
import { WebSocket } from 'ws';
import { BypassTenancy, CurrentTenant, TenancyModule, type TenancyModuleOptions, type TenantProof } from '../../src';
import { TenantProofInvalidError } from '../../src/errors/tenant-proof-invalid.error';
import { Database, DATABASE_URL } from '../http-fixture';

/** What handlers were run with, for tests that must see none. */
export const ran: { handler: string; tenantId: string | null }[] = [];

export const tenantNow = (): string | null => currentContext()?.tenantId ?? null;

/** What gateways have in common. */
class Handlers implements OnGatewayConnection, OnGatewayDisconnect {
  constructor(protected readonly database: Database) {}

  handleConnection(): void {
    ran.push({ handler: 'handleConnection', tenantId: tenantNow() });
  }

  handleDisconnect(): void {
    ran.push({ handler: 'handleDisconnect', tenantId: tenantNow() });
  }

  @SubscribeMessage('customers')
  async customers(@MessageBody() body: { nonce?: number } | undefined, @CurrentTenant() tenantId: string) {
    ran.push({ handler: 'customers', tenantId });
    const rows = await this.database.client.customer.findMany();
    return { event: 'customers', data: { tenantId, nonce: body?.nonce, owners: rows.map((row) => row.tenantId) } };
  }

  @SubscribeMessage('live')
  live(): Observable<unknown> {
    return interval(5).pipe(
      take(3),
      concatMap(() => from(this.database.client.customer.findMany())),
      map((rows) => ({ event: 'live', data: { tenantId: tenantNow(), owners: rows.map((row) => row.tenantId) } })),
    );
  }

  @SubscribeMessage('failing')
  failing(): Observable<unknown> {
    return throwError(() => new Error('on purpose'));
  }
}

@WebSocketGateway({ path: '/ws' })
export class CustomersGateway extends Handlers {
  constructor(database: Database) {
    super(database);
  }
}

@WebSocketGateway({ path: '/mixed' })
export class MixedGateway extends Handlers {
  constructor(database: Database) {
    super(database);
  }

  @BypassTenancy()
  @SubscribeMessage('ping')
  async ping(@CurrentTenant() tenantId: string | null) {
    return { event: 'pong', data: { tenantId, visible: await this.database.client.customer.count() } };
  }
}

@BypassTenancy()
@WebSocketGateway({ path: '/open' })
export class OpenGateway {
  @SubscribeMessage('ping')
  ping(@CurrentTenant() tenantId: string | null) {
    return { event: 'pong', data: { tenantId } };
  }
}

/** Takes `token-<tenant>` for evidence of the tenant, and any other token for a forgery. */
export const tokenProof: TenantProof = {
  needs: 'request',
  prove({ headers }) {
    const token = headers['authorization'];
    if (token === undefined) return undefined;
    if (typeof token !== 'string' || !token.startsWith('token-')) throw new TenantProofInvalidError();
    return { tenantId: token.slice('token-'.length) };
  },
};

export function wsModule(options: TenancyModuleOptions, url: string): Type {
  @Module({
    imports: [TenancyModule.forRoot(options)],
    providers: [Database, { provide: DATABASE_URL, useValue: url }, CustomersGateway, MixedGateway, OpenGateway],
  })
  class WsModule {}
  return WsModule;
}

export const serveWs = (platform: Platform, module: Type): Promise<ServedApp> =>
  serveOn(platform, module, { configure: (app) => void app.useWebSocketAdapter(new WsAdapter(app)) });

/** A client that keeps what it gets. */
export class WsClient {
  readonly received: { event: string; data: Record<string, unknown> }[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #waiting = new Set<() => void>();

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (raw: Buffer) => {
      this.received.push(JSON.parse(raw.toString()) as never);
      this.#waiting.forEach((check) => check());
    });
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
  }

  static async open(url: string, path: string, headers: Record<string, string | string[]> = {}): Promise<WsClient> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, { headers });
    const client = new WsClient(socket);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return client;
  }

  send(event: string, data?: unknown): void {
    this.socket.send(JSON.stringify({ event, data }));
  }

  /** Waits until so many events have come. */
  async events(count: number): Promise<{ event: string; data: Record<string, unknown> }[]> {
    while (this.received.length < count) {
      await new Promise<void>((resolve) => {
        const check = (): void => {
          this.#waiting.delete(check);
          resolve();
        };
        this.#waiting.add(check);
      });
    }
    return this.received.slice(0, count);
  }

  async ask(event: string, data?: unknown): Promise<{ event: string; data: Record<string, unknown> } | undefined> {
    const before = this.received.length;
    this.send(event, data);
    return (await this.events(before + 1))[before];
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }
}
