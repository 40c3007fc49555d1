import 'reflect-metadata';
import { PLATFORMS } from '@nestarc/testing';
import { type CallHandler, Controller, type ExecutionContext, Get, Next, Res, UseInterceptors } from '@nestjs/common';
import { APP_INTERCEPTOR, Reflector } from '@nestjs/core';
import { of } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  NoRequestTransaction,
  RequestTransaction,
  RequestTransactionInterceptor,
  UnsupportedRouteError,
} from '../../src/nest';
import { application, send, serve } from './fixture/http';
import { Ledger } from './fixture/ledger';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await Ledger.create(1);
});
afterAll(() => ledger.close());

describe.each(PLATFORMS)('a handler that sends the response itself, on %s', (platform) => {
  const globally = { provide: APP_INTERCEPTOR, useClass: RequestTransactionInterceptor };

  @Controller('own')
  class OwnController {
    @Get('response')
    response(@Res() response: { send(body: string): unknown }): void {
      response.send('sent');
    }

    @Get('next')
    next(@Next() _next: () => void): void {
      // Hands the request on.
    }

    @Get('passthrough')
    passthrough(@Res({ passthrough: true }) _response: unknown): string {
      return 'returned';
    }

    @NoRequestTransaction()
    @Get('exempt')
    exempt(@Res() response: { send(body: string): unknown }): void {
      response.send('exempt');
    }

    @Get('value')
    value(): string {
      return 'value';
    }
  }

  @Controller('inheriting')
  class InheritingController extends OwnController {}

  it('is refused at boot, by name, where the interceptor is global', async () => {
    const boot = serve(platform, application(ledger, { controllers: [InheritingController], providers: [globally] }));
    await expect(boot).rejects.toBeInstanceOf(UnsupportedRouteError);
    await expect(boot).rejects.toMatchObject({
      code: 'REQUEST_TRANSACTION_UNSUPPORTED',
      routes: ['InheritingController.response', 'InheritingController.next'],
    });
  });

  it('is refused at boot where the interceptor is on the controller or the handler', async () => {
    @Controller('on-controller')
    @UseInterceptors(RequestTransactionInterceptor)
    class OnController extends OwnController {}

    @Controller('on-handler')
    class OnHandler {
      @RequestTransaction()
      @Get('response')
      response(@Res() _response: unknown): void {
        // Sends nothing.
      }
    }
    const boot = serve(platform, application(ledger, { controllers: [OnController, OnHandler] }));
    await expect(boot).rejects.toMatchObject({
      routes: ['OnController.response', 'OnController.next', 'OnHandler.response'],
    });
  });

  it('is let through where nothing intercepts it, or it is exempt', async () => {
    @Controller('exempt')
    @NoRequestTransaction()
    class ExemptController extends OwnController {}
    const app = await serve(platform, application(ledger, { controllers: [ExemptController], providers: [globally] }));
    expect((await send(app, '/exempt/response', { method: 'GET' })).body).toBe('sent');
    await app.close();
  });

  it('is refused at the request where boot could not know', async () => {
    const providers = [RequestTransactionInterceptor];
    const module = application(ledger, { controllers: [OwnController], providers });
    const app = await serve(platform, module, (nest) => {
      nest.useGlobalInterceptors(nest.get(RequestTransactionInterceptor));
    });
    expect(await send(app, '/own/response', { method: 'GET' })).toMatchObject({
      status: 500,
      body: { code: 'REQUEST_TRANSACTION_UNSUPPORTED' },
    });
    expect((await send(app, '/own/passthrough', { method: 'GET' })).body).toBe('returned');
    await app.close();
  });
});

it('a message that is no HTTP request is passed through', () => {
  const interceptor = new RequestTransactionInterceptor(ledger.host, new Reflector(), {});
  const handled = of(1);
  const next: CallHandler = { handle: () => handled };
  for (const type of ['rpc', 'ws', 'graphql']) {
    const execution = { getType: () => type } as unknown as ExecutionContext;
    expect(interceptor.intercept(execution, next)).toBe(handled);
  }
});
