import { headers as natsHeaders } from '@nats-io/transport-node';
import { Controller, Get, type INestApplicationContext, Module, Scope, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import {
  ClientProxyFactory,
  EventPattern,
  MessagePattern,
  type MicroserviceOptions,
  NatsRecordBuilder,
  Payload,
  Transport,
  type ClientProxy,
} from '@nestjs/microservices';
import { concatMap, from, interval, lastValueFrom, map, type Observable, take, toArray } from 'rxjs';
import { BypassTenancy, CurrentTenant, TenancyModule, type TenancyModuleOptions } from '../../src';
import { Database, DATABASE_URL } from '../http-fixture';
import { ran, tenantNow } from './ws-fixture';

@Controller('customers')
class CustomersController {
  constructor(private readonly database: Database) {}

  @Get()
  @MessagePattern('customers')
  async customers(@Payload() _data: unknown, @CurrentTenant() tenantId: string | null): Promise<unknown> {
    ran.push({ handler: 'customers', tenantId });
    const rows = await this.database.client.customer.findMany();
    return { tenantId, owners: rows.map((row) => row.tenantId) };
  }

  @MessagePattern('live')
  live(): Observable<unknown> {
    return interval(5).pipe(
      take(3),
      concatMap(() => from(this.database.client.customer.findMany())),
      map((rows) => ({ tenantId: tenantNow(), owners: rows.map((row) => row.tenantId) })),
    );
  }

  @EventPattern('happened')
  async happened(@CurrentTenant() tenantId: string | null): Promise<void> {
    await this.database.client.customer.count();
    ran.push({ handler: 'happened', tenantId });
  }

  @BypassTenancy()
  @MessagePattern('health')
  async health(@CurrentTenant() tenantId: string | null): Promise<unknown> {
    return { tenantId, visible: await this.database.client.customer.count() };
  }
}

/** Made for each message. */
@Controller({ scope: Scope.REQUEST })
class ScopedController {
  constructor(private readonly database: Database) {}

  @MessagePattern('scoped')
  async scoped(): Promise<unknown> {
    ran.push({ handler: 'scoped', tenantId: tenantNow() });
    return { tenantId: tenantNow(), visible: await this.database.client.customer.count() };
  }
}

/** Inherits handlers, and nothing of its own. */
@Controller()
class Subclassed extends ScopedController {
  constructor(database: Database) {
    super(database);
  }

  @MessagePattern('subclassed')
  override scoped(): Promise<unknown> {
    return super.scoped();
  }
}

export function natsModule(options: TenancyModuleOptions, url: string): Type {
  @Module({
    imports: [EventEmitterModule.forRoot(), TenancyModule.forRoot(options)],
    controllers: [CustomersController, ScopedController, Subclassed],
    providers: [Database, { provide: DATABASE_URL, useValue: url }],
  })
  class NatsModule {}
  return NatsModule;
}

export type Setup = 'a microservice' | 'a hybrid application' | 'a hybrid application that is not initialised';

/** Serves the module over NATS, and over HTTP where it is a hybrid application. */
export async function serveNats(setup: Setup, module: Type, servers: string): Promise<INestApplicationContext> {
  const options: MicroserviceOptions = { transport: Transport.NATS, options: { servers } };
  if (setup === 'a microservice') {
    const service = await NestFactory.createMicroservice<MicroserviceOptions>(module, { ...options, logger: false });
    await service.listen();
    return service;
  }
  const app = await NestFactory.create(module, { logger: false, forceCloseConnections: true });
  // Without inheritAppConfig, so that no global guard reaches its handlers.
  app.connectMicroservice(options);
  await app.startAllMicroservices();
  if (setup === 'a hybrid application') await app.listen(0, '127.0.0.1');
  return app;
}

/** A service that asks the others. */
export class NatsCaller {
  readonly client: ClientProxy;

  constructor(servers: string) {
    this.client = ClientProxyFactory.create({ transport: Transport.NATS, options: { servers } });
  }

  /** Gives all answers to a message, or what it is refused with. */
  async ask(pattern: string, headers: Record<string, string | string[]> = {}, data: unknown = {}): Promise<unknown[]> {
    try {
      return await lastValueFrom(this.client.send<unknown>(pattern, this.#record(headers, data)).pipe(toArray()));
    } catch (error) {
      return [{ refused: error }];
    }
  }

  async emit(pattern: string, headers: Record<string, string | string[]> = {}, data: unknown = {}): Promise<void> {
    await lastValueFrom(this.client.emit(pattern, this.#record(headers, data)), { defaultValue: undefined });
  }

  #record(headers: Record<string, string | string[]>, data: unknown): unknown {
    const record = natsHeaders();
    for (const [name, values] of Object.entries(headers)) {
      for (const value of [values].flat()) record.append(name, value);
    }
    return new NatsRecordBuilder(data).setHeaders(record).build();
  }
}
