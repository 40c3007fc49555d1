import { Controller, Injectable, Logger, Module, type Type, UseGuards, UseInterceptors } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { MessagePattern } from '@nestjs/microservices';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { EventEmitter } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { BypassTenancy, TenancyGuard, TenancyModule, TenantConnections, UnknownTransportError } from '../../src';
import { ConnectionRegistry } from '../../src/transports/connection-registry';
import { RefusalLog } from '../../src/transports/refusal-log';
import { TransportFrame, TransportGate } from '../../src/transports/transport-gates';
import { TransportInterceptor } from '../../src/transports/transport.interceptor';
import { byHeader } from '../http-fixture';

const allows = { canActivate: () => true };
const passes = { intercept: (_: unknown, next: { handle(): never }) => next.handle() };

@UseGuards(allows)
@UseInterceptors(passes)
@Controller()
class Base {
  @MessagePattern('one')
  one(): void {}
}

@Controller()
class Sub extends Base {}

@Controller()
class HttpOnly {
  two(): void {}
}

@Injectable()
@WebSocketGateway()
class Gateway {
  handleConnection(): string {
    return 'told';
  }

  @SubscribeMessage('one')
  one(): void {}
}

@Injectable()
class SubGateway extends Gateway {
  override handleConnection(): string {
    return `${super.handleConnection()} twice`;
  }
}

function moduleOf(providers: Type[] = [Gateway]): Type {
  @Module({
    imports: [TenancyModule.forRoot(byHeader)],
    controllers: [Base, Sub, HttpOnly],
    providers,
  })
  class AppModule {}
  return AppModule;
}

const boot = (module: Type) => NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
const guardsOf = (metatype: Type): unknown => Reflect.getMetadata('__guards__', metatype);
const interceptorsOf = (metatype: Type): unknown => Reflect.getMetadata('__interceptors__', metatype);

describe('enforcement', () => {
  it('stands first before gateways and controllers with message handlers, also those that inherit them', async () => {
    const app = await boot(moduleOf());
    for (const controller of [Base, Sub]) {
      expect(guardsOf(controller)).toEqual([TransportGate, allows]);
      expect(interceptorsOf(controller)).toEqual([TransportFrame, passes]);
    }
    expect(guardsOf(Gateway)).toEqual([TransportGate]);
    expect(guardsOf(HttpOnly)).toBeUndefined();
    await app.close();
  });

  it('is there once, however many applications there were', async () => {
    for (const app of [await boot(moduleOf()), await boot(moduleOf())]) await app.close();
    expect(guardsOf(Base)).toEqual([TransportGate, allows]);
    expect(guardsOf(Sub)).toEqual([TransportGate, allows]);
    expect(interceptorsOf(Sub)).toEqual([TransportFrame, passes]);
  });

  it('watches the connections of gateways until the last application has closed', async () => {
    const hook = Object.getOwnPropertyDescriptor(Gateway.prototype, 'handleConnection')?.value as unknown;
    const [first, second] = [await boot(moduleOf()), await boot(moduleOf())];
    await second.close();
    expect(Gateway.prototype.handleConnection).not.toBe(hook);
    await first.close();
    expect(Gateway.prototype.handleConnection).toBe(hook);
    expect(Object.hasOwn(Gateway.prototype, 'handleDisconnect')).toBe(false);
  });

  it('tells a gateway that inherits handleConnection of a connection once', async () => {
    const app = await boot(moduleOf([Gateway, SubGateway]));
    const client = Object.assign(new EventEmitter(), { connected: true, request: { headers: { 'x-tenant-id': 'a' } } });
    const told = (app.get(SubGateway).handleConnection as (client: object) => unknown).call(
      app.get(SubGateway),
      client,
    );
    expect(await told).toBe('told twice');
    expect(app.get(TenantConnections).of('a')).toEqual([client]);
    await app.close();
  });

  it('does not start with a gateway that hides handleConnection in a property', async () => {
    @Injectable()
    @WebSocketGateway()
    class Hiding {
      handleConnection = (): void => undefined;
    }
    await expect(boot(moduleOf([Hiding]))).rejects.toMatchObject({ code: 'TENANT_GATEWAY_HOOK' });
  });

  it('refuses transports nobody knows, where a handler is not marked as needing no tenant', async () => {
    class Telepath {
      one(): void {}
    }
    @BypassTenancy()
    class Medium extends Telepath {}
    const app = await boot(moduleOf());
    const executionOf = (owner: typeof Telepath): ExecutionContextHost => {
      const execution = new ExecutionContextHost([{}, {}], owner, Telepath.prototype.one);
      execution.setType('telepathy');
      return execution;
    };
    const ask = async (owner: typeof Telepath) => app.get(TenancyGuard).canActivate(executionOf(owner));
    await expect(ask(Telepath)).rejects.toThrow(UnknownTransportError);
    expect(await ask(Medium)).toBe(true);
    await expect(ask(Telepath)).rejects.toThrow(UnknownTransportError);
    await app.close();
  });

  it.each(['ws', 'rpc'])('does not run a handler of %s that no guard has admitted', async (type) => {
    const app = await boot(moduleOf());
    const execution = new ExecutionContextHost([new EventEmitter(), {}], Base, Base.prototype.one);
    execution.setType(type);
    const handle = vi.fn();
    const result = app.get(TransportInterceptor).intercept(execution, { handle });
    await expect(
      new Promise((resolve, reject) => void result.subscribe({ next: resolve, error: reject })),
    ).rejects.toMatchObject({ error: { code: 'TENANT_REQUIRED' } });
    expect(handle).not.toHaveBeenCalled();
    await app.close();
  });
});

describe('connections of Socket.IO', () => {
  class Socket extends EventEmitter {
    connected = true;
    readonly sent: unknown[][] = [];
    readonly request: object;

    constructor(headers: Record<string, string>) {
      super();
      this.request = { headers };
    }

    override emit(event: string, ...args: unknown[]): boolean {
      this.sent.push([event, ...args]);
      return true;
    }

    disconnect(close: boolean): void {
      this.sent.push(['disconnect', close]);
      this.connected = false;
    }
  }
  const connect = (gateway: object, client: object): unknown =>
    (gateway as { handleConnection(client: object): unknown }).handleConnection(client);

  it('without a tenant get an exception, and are ended', async () => {
    const app = await boot(moduleOf());
    const socket = new Socket({});
    expect(await connect(app.get(Gateway), socket)).toBeUndefined();
    expect(socket.sent).toEqual([
      ['exception', { status: 'error', code: 'TENANT_REQUIRED', message: 'Tenant ID is required' }],
      ['disconnect', true],
    ]);
    await app.close();
  });

  it('get what is broadcast to their tenant', async () => {
    const app = await boot(moduleOf());
    const [a, b] = [new Socket({ 'x-tenant-id': 'a' }), new Socket({ 'x-tenant-id': 'b' })];
    await Promise.all([connect(app.get(Gateway), a), connect(app.get(Gateway), b)]);
    expect(app.get(TenantConnections).broadcast('a', 'news', 1)).toBe(1);
    expect([a.sent, b.sent]).toEqual([[['news', 1]], []]);
    await app.close();
  });
});

describe('the lists of connections', () => {
  it('hold a connection for one tenant at a time, and forget it when it closes', () => {
    const registry = new ConnectionRegistry();
    const client = Object.assign(new EventEmitter(), { readyState: 1, send: () => undefined });
    registry.join(client, 'a');
    registry.join(client, 'b');
    expect([registry.of('a'), registry.of('b')]).toEqual([[], [client]]);
    for (let n = 0; n < 20; n++) {
      registry.leave(client);
      registry.join(client, 'a');
    }
    expect(client.listenerCount('close')).toBe(1);
    client.emit('close');
    expect([registry.of('a'), registry.of('b')]).toEqual([[], []]);
  });
});

describe('the log of refused events', () => {
  it('has one line a second, which counts the others', () => {
    const log = new RefusalLog();
    const lines: string[] = [];
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation((line) => lines.push(String(line)));
    for (let n = 0; n < 1_000; n++) log.note('TENANT_REQUIRED', 'A.b', 5_000);
    log.note('TENANT_REQUIRED', 'A.b', 6_001);
    warn.mockRestore();
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain('999 more');
  });
});
