import 'reflect-metadata';
import { PLATFORMS, type ServedApp } from '@nestarc/testing';
import {
  Body,
  Controller,
  Get,
  HttpException,
  type MessageEvent,
  Post,
  Query,
  Res,
  Sse,
  StreamableFile,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { Readable } from 'node:stream';
import { concat, defer, from, interval, map, type Observable, take, timeout } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NoRequestTransaction, RequestTransaction, RequestTransactionInterceptor } from '../../src/nest';
import { application, send, serve } from './fixture/http';
import { Ledger, pause } from './fixture/ledger';

let ledger: Ledger;

class TimeLimit implements NestInterceptor {
  intercept(_execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(timeout(50));
  }
}

@Controller()
class LedgerController {
  @Post('write')
  async write(@Query('body') body: string): Promise<unknown> {
    await ledger.write(body);
    return { active: ledger.host.isActive(), body };
  }

  @Post('lazy')
  lazy(@Query('body') body: string): unknown {
    return ledger.prisma.note.create({ data: { body }, select: { body: true } });
  }

  @Post('throw')
  async throw(@Query('status') status: string): Promise<never> {
    await ledger.write('thrown');
    throw new HttpException('refused', Number(status));
  }

  @Post('deferred')
  async deferred(): Promise<string> {
    await ledger.prisma.note.create({ data: { body: 'orphan', parentId: 999 } });
    return 'looks fine';
  }

  @Post('swallow')
  async swallow(): Promise<string> {
    await ledger.write('x');
    await ledger.write('x').catch(() => undefined);
    return 'looks fine';
  }

  @Post('killed')
  async killed(): Promise<string> {
    await ledger.write('x');
    await ledger.killBackend();
    return 'looks fine';
  }

  @RequestTransaction({ isolationLevel: 'Serializable' })
  @Post('serializable')
  async serializable(@Query('body') body: string): Promise<number> {
    const count = await ledger.prisma.note.count();
    await pause(150);
    await ledger.write(body);
    await pause(150);
    return count;
  }

  @RequestTransaction({ isolationLevel: 'RepeatableRead' })
  @Post('update')
  async update(): Promise<unknown> {
    await ledger.prisma.note.count();
    await pause(100);
    return ledger.prisma.note.updateMany({ data: { parentId: null } });
  }

  @Get('write-on-get')
  writeOnGet(@Query('body') body: string): unknown {
    return ledger.write(body);
  }

  @Get('read')
  async read(): Promise<unknown> {
    const [row] = await ledger.prisma.$queryRaw<
      object[]
    >`SELECT current_setting('transaction_read_only') AS "readOnly"`;
    return { ...row, notes: await ledger.prisma.note.count() };
  }

  @NoRequestTransaction()
  @Post('without')
  async without(): Promise<never> {
    await ledger.write('kept');
    throw new HttpException(`active: ${ledger.host.isActive()}`, 400);
  }

  @Post('observable')
  observable(@Query('fails') fails?: string): Observable<unknown> {
    const write = (body: string): Observable<unknown> => defer(() => ledger.write(body)).pipe(map(() => body));
    const failure = defer(() => Promise.reject(new HttpException('late', 400)));
    return concat(write('first'), write('second'), fails === undefined ? from(['last']) : failure);
  }

  @Post('endless')
  endless(): Observable<unknown> {
    return concat(
      defer(() => ledger.write('endless')),
      interval(20),
    );
  }

  @Post('slow')
  async slow(): Promise<string> {
    await ledger.write('slow 1');
    await pause(100);
    await ledger.write('slow 2');
    return 'done';
  }

  @UseInterceptors(TimeLimit)
  @Post('limited')
  limited(): Promise<string> {
    return this.slow();
  }

  @Post('file')
  async file(): Promise<StreamableFile> {
    await ledger.write('before the file');
    const lines = async function* (): AsyncGenerator<string> {
      await pause(20);
      yield `active: ${ledger.host.isActive()}, notes: ${await ledger.prisma.note.count()}`;
    };
    return new StreamableFile(Readable.from(lines()));
  }

  @Sse('events')
  events(): Observable<MessageEvent> {
    return interval(5).pipe(
      take(2),
      map(() => ({ data: `active: ${ledger.host.isActive()}` })),
    );
  }

  @Post('passthrough')
  async passthrough(@Res({ passthrough: true }) response: { status(code: number): unknown }): Promise<unknown> {
    response.status(202);
    await ledger.write('passthrough');
    return { active: ledger.host.isActive() };
  }

  @Post('echo')
  async echo(@Body() body: { readonly text: string }): Promise<number> {
    await ledger.write(`${body.text.length}`);
    return body.text.length;
  }
}

const globally = { provide: APP_INTERCEPTOR, useClass: RequestTransactionInterceptor };

describe.each(PLATFORMS)('on %s', (platform) => {
  describe.each([1, 5])('a request transaction through a pool of %i', (max) => {
    let app: ServedApp;
    beforeAll(async () => {
      ledger = await Ledger.create(max);
      const options = { requestTransaction: { readOnlyGet: true } };
      const module = application(ledger, { controllers: [LedgerController], providers: [globally] }, options);
      app = await serve(platform, module);
    });
    beforeEach(() => ledger.clear());
    afterEach(async () => {
      expect(await ledger.openTransactions()).toBe(0);
      expect(await send(app, '/write?body=next', { tenant: 'b' })).toMatchObject({ status: 201 });
    });
    afterAll(async () => {
      await app.close();
      await ledger.close();
    });

    it('is committed before the response is sent, for the tenant the guard settled', async () => {
      const response = await send(app, '/write?body=x');
      expect(response).toEqual({ status: 201, body: { active: true, body: 'x' } });
      expect(await ledger.committed()).toEqual(['a:x']);
      expect(await send(app, '/lazy?body=y', { tenant: 'b' })).toEqual({ status: 201, body: { body: 'y' } });
      expect(await ledger.committed()).toEqual(['a:x', 'b:y']);
    });

    it('is rolled back by what the handler throws, which is the response', async () => {
      for (const status of [400, 404, 500]) {
        const response = await send(app, `/throw?status=${status}`);
        expect(response).toMatchObject({ status, body: { message: 'refused' } });
      }
      expect(await ledger.committed()).toEqual([]);
    });

    it('answers with the failure of COMMIT', async () => {
      expect(await send(app, '/deferred')).toEqual({
        status: 409,
        body: expect.objectContaining({ statusCode: 409, code: 'COMMIT_CONSTRAINT_VIOLATED' }) as unknown,
      });
      expect(await send(app, '/killed')).toMatchObject({ status: 503, body: { code: 'TRANSACTION_OUTCOME_UNKNOWN' } });
      expect(await send(app, '/swallow')).toMatchObject({ status: 500, body: { code: 'TRANSACTION_ABORTED' } });
      expect(await ledger.committed()).toEqual([]);
    });

    it('answers 503 when it lost against another one, wherever that showed', async () => {
      if (max === 1) return;
      const responses = await Promise.all([send(app, '/serializable?body=x'), send(app, '/serializable?body=y')]);
      expect(responses.map(({ status }) => status).sort()).toEqual([201, 503]);
      expect(responses.find(({ status }) => status === 503)?.body).toMatchObject({ code: 'SERIALIZATION_FAILURE' });
      expect(await ledger.committed()).toHaveLength(1);
      const updates = await Promise.all([send(app, '/update'), send(app, '/update')]);
      expect(updates.map(({ status }) => status).sort()).toEqual([201, 503]);
    });

    it('is read-only for GET and HEAD where that is asked for', async () => {
      expect(await send(app, '/read', { method: 'GET' })).toEqual({ status: 200, body: { readOnly: 'on', notes: 0 } });
      expect(await send(app, '/write-on-get?body=x', { method: 'GET' })).toMatchObject({ status: 500 });
      expect((await send(app, '/write-on-get?body=x', { method: 'HEAD' })).status).toBe(500);
      expect(await ledger.committed()).toEqual([]);
    });

    it('is not there for handlers that opt out', async () => {
      expect(await send(app, '/without')).toMatchObject({ status: 400, body: { message: 'active: false' } });
      expect(await ledger.committed()).toEqual(['a:kept']);
    });

    it('lasts until an Observable has completed, whose last value is the response', async () => {
      expect(await send(app, '/observable')).toEqual({ status: 201, body: 'last' });
      expect(await ledger.committed()).toEqual(['a:first', 'a:second']);
      await ledger.clear();
      expect(await send(app, '/observable?fails=1')).toMatchObject({ status: 400, body: { message: 'late' } });
      expect(await ledger.committed()).toEqual([]);
    });

    it('is committed ahead of a StreamableFile, which reads on outside of it, in the tenant', async () => {
      expect(await send(app, '/file')).toEqual({ status: 201, body: 'active: false, notes: 1' });
      expect(await ledger.committed()).toEqual(['a:before the file']);
    });

    it('is not there for server-sent events', async () => {
      const response = await send(app, '/events', { method: 'GET' });
      expect(String(response.body).match(/active: \w+/g)).toEqual(['active: false', 'active: false']);
    });

    it('is committed before the response of a handler that takes the response with passthrough', async () => {
      expect(await send(app, '/passthrough')).toEqual({ status: 202, body: { active: true } });
      expect(await ledger.committed()).toEqual(['a:passthrough']);
    });

    it('serves more requests at once than there are connections', async () => {
      const responses = await Promise.all(
        Array.from({ length: 20 }, (_, n) => send(app, `/write?body=n${n}`, { tenant: n % 2 === 0 ? 'a' : 'b' })),
      );
      expect(responses.every(({ status }) => status === 201)).toBe(true);
      expect(await ledger.committed()).toHaveLength(20);
    });

    it('loses no connection when clients go away, and keeps or undoes all of their work', async () => {
      const abort = async (path: string): Promise<void> => {
        const signal = AbortSignal.timeout(40);
        await expect(send(app, path, { signal })).rejects.toThrow();
      };
      await abort('/slow');
      await abort('/endless');
      await pause(200);
      const committed = await ledger.committed();
      expect([['a:slow 1', 'a:slow 2'], []]).toContainEqual(committed);
    });

    it('is rolled back, all of it, when an interceptor around it gives up', async () => {
      const response = await send(app, '/limited');
      expect(response.status).toBe(500);
      await pause(150);
      expect(await ledger.committed()).toEqual([]);
    });
  });
});
