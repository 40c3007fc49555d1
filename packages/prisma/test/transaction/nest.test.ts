import 'reflect-metadata';
import { InvalidOptionsError } from '@nestarc/core';
import { PLATFORMS, type ServedApp } from '@nestarc/testing';
import { Controller, Get, HttpCode, Inject, Injectable, Module, Post, Query, Res, SetMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TransactionHost } from '../../src';
import {
  InjectTransactionHost,
  NoRequestTransaction,
  RequestTransaction,
  Transactional,
  TransactionHostMissingError,
  TransactionModule,
  transactionHostToken,
} from '../../src/nest';
import { application, send, serve } from './fixture/http';
import { as, Ledger } from './fixture/ledger';

let ledger: Ledger;
let reporting: Ledger;
beforeAll(async () => {
  [ledger, reporting] = await Promise.all([Ledger.create(2), Ledger.create(1)]);
});
beforeEach(() => Promise.all([ledger.clear(), reporting.clear()]));
afterEach(async () => expect(await ledger.openTransactions()).toBe(0));
afterAll(() => Promise.all([ledger.close(), reporting.close()]));

@Injectable()
class Notes {
  @Transactional()
  async writeAll(...bodies: string[]): Promise<number> {
    for (const body of bodies) await ledger.write(body);
    return bodies.length;
  }

  @Transactional()
  lazy(body: string): PromiseLike<unknown> {
    return ledger.prisma.note.create({ data: { body } });
  }

  @Transactional('NESTED')
  async tryWriting(body: string): Promise<never> {
    await ledger.write(body);
    throw new Error('nested');
  }

  @Transactional({ isolationLevel: 'Serializable', readOnly: true })
  async settings(): Promise<unknown> {
    const [row] = await ledger.prisma.$queryRaw<object[]>`
      SELECT current_setting('transaction_isolation') AS isolation, current_setting('transaction_read_only') AS "readOnly"`;
    return row;
  }

  @Transactional({ host: 'reporting' })
  async report(body: string): Promise<boolean[]> {
    await reporting.write(body);
    return [ledger.host.isActive(), reporting.host.isActive()];
  }

  @Transactional()
  async both(): Promise<void> {
    await this.writeAll('outer');
    await this.tryWriting('inner').catch(() => undefined);
  }
}

@Injectable()
class MoreNotes extends Notes {
  @Transactional()
  override async both(): Promise<void> {
    await super.both();
    await ledger.write('more');
  }
}

@Injectable()
class Injected {
  constructor(
    readonly host: TransactionHost,
    @InjectTransactionHost('reporting') readonly reports: TransactionHost,
  ) {}
}

@Module({
  imports: [
    TransactionModule.forRootAsync({
      inject: ['CLIENT'],
      useFactory: (client: unknown) => ({ client }),
      imports: [
        {
          module: class ClientModule {},
          providers: [{ provide: 'CLIENT', useFactory: () => ledger.prisma }],
          exports: ['CLIENT'],
        },
      ],
    }),
    TransactionModule.forRootAsync({ name: 'reporting', useFactory: () => ({ client: reporting.prisma }) }),
  ],
  providers: [Notes, MoreNotes, Injected],
})
class AppModule {}

describe('@Transactional()', () => {
  const withNotes = async (work: (notes: MoreNotes) => Promise<void>): Promise<void> => {
    const app = await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
    await as('a', () => work(app.get(MoreNotes)));
    await app.close();
  };

  it('runs the method in a transaction, rolled back when it throws, also when it returns an operation', async () => {
    await withNotes(async (notes) => {
      expect(await notes.writeAll('x', 'y')).toBe(2);
      await expect(notes.writeAll('z', 'x')).rejects.toMatchObject({ code: 'P2002' });
      await notes.lazy('lazy');
    });
    expect(await ledger.committed()).toEqual(['a:x', 'a:y', 'a:lazy']);
  });

  it('takes a propagation, through inheritance and calls of an object to itself', async () => {
    await withNotes((notes) => notes.both());
    expect(await ledger.committed()).toEqual(['a:outer', 'a:more']);
  });

  it('takes options', async () => {
    await withNotes(async (notes) => {
      expect(await notes.settings()).toEqual({ isolation: 'serializable', readOnly: 'on' });
    });
  });

  it('names the host where there are several clients', async () => {
    await withNotes(async (notes) => {
      expect(await notes.report('of the month')).toEqual([false, true]);
    });
    expect([await ledger.committed(), await reporting.committed()]).toEqual([[], ['a:of the month']]);
  });

  it('keeps name, length and metadata of the method, above and below it', () => {
    class Decorated {
      @SetMetadata('above', 1)
      @Transactional()
      @SetMetadata('below', 2)
      async method(a: string, b: string): Promise<string> {
        return a + b;
      }
    }
    const { method } = Decorated.prototype;
    expect([method.name, method.length]).toEqual(['method', 2]);
    expect([Reflect.getMetadata('above', method), Reflect.getMetadata('below', method)]).toEqual([1, 2]);
  });

  it('refuses objects that Nest did not make, static methods, and options that are none', async () => {
    await expect(new Notes().writeAll('x')).rejects.toBeInstanceOf(TransactionHostMissingError);
    await expect(new MoreNotes().both()).rejects.toThrow('MoreNotes.both()');
    expect(() => Transactional()(class {}, 'x', {})).toThrow('static');
    expect(() => Transactional({ timeoutMs: -1 })).toThrow(InvalidOptionsError);
    expect(() => Transactional('SOMETIMES' as never)).toThrow('propagation');
  });

  it('fails at boot where nobody provides the host', async () => {
    @Module({ providers: [Notes] })
    class WithoutHost {}
    const boot = NestFactory.createApplicationContext(WithoutHost, { logger: false, abortOnError: false });
    await expect(boot).rejects.toThrow('TransactionHost');
  });
});

describe('TransactionModule', () => {
  it('provides the hosts everywhere', async () => {
    const app = await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
    const { host, reports } = app.get(Injected);
    expect(host).toBe(app.get(TransactionHost));
    expect(reports).toBe(app.get(transactionHostToken('reporting')));
    expect(host).not.toBe(reports);
    await app.close();
  });

  it('refuses wrong options at boot, by name', async () => {
    const boot = (options: object): Promise<unknown> =>
      NestFactory.createApplicationContext(
        { module: class Root {}, imports: [TransactionModule.forRoot(options as never)] },
        { logger: false, abortOnError: false },
      );
    await expect(boot({})).rejects.toThrow('client');
    await expect(boot({ client: ledger.prisma, requestTransaction: { timeoutMs: 0 } })).rejects.toThrow(
      'requestTransaction.timeoutMs',
    );
    await expect(boot({ client: ledger.prisma, requestTransaction: { retries: 1 } })).rejects.toThrow('retries');
    await expect(boot({ client: {} })).rejects.toMatchObject({ code: 'PRISMA_INTERNALS_CHANGED' });
  });
});

describe.each(PLATFORMS)('@RequestTransaction() on %s', (platform) => {
  @Controller('decorated')
  @RequestTransaction({ isolationLevel: 'RepeatableRead' })
  class DecoratedController {
    @Get('class')
    async ofClass(): Promise<unknown> {
      return this.show();
    }

    @RequestTransaction({ isolationLevel: 'Serializable' })
    @Get('method')
    async ofMethod(): Promise<unknown> {
      return this.show();
    }

    @NoRequestTransaction()
    @Get('none')
    async none(): Promise<unknown> {
      return this.show();
    }

    async show(): Promise<unknown> {
      const [row] = await ledger.prisma.$queryRaw<object[]>`SELECT current_setting('transaction_isolation') AS level`;
      return { ...row, active: ledger.host.isActive() };
    }
  }

  @Controller('plain')
  class PlainController {
    @Inject(Notes) private readonly notes!: Notes;

    @HttpCode(202)
    @Transactional()
    @Post('transactional')
    async transactional(@Query('body') body: string): Promise<unknown> {
      await ledger.write(body);
      await this.notes.writeAll('by the service');
      return { active: ledger.host.isActive() };
    }

    @Get('own')
    own(@Res() response: { send(body: string): unknown }): void {
      response.send(`active: ${ledger.host.isActive()}`);
    }
  }

  let app: ServedApp;
  beforeAll(async () => {
    const imports = [TransactionModule.forRoot({ name: 'reporting', client: reporting.prisma })];
    const controllers = [DecoratedController, PlainController];
    app = await serve(platform, application(ledger, { imports, controllers, providers: [Notes] }));
  });
  afterAll(() => app.close());

  it('holds for the controller or the handler it is on, whose options add to those of the controller', async () => {
    const get = async (path: string): Promise<unknown> => (await send(app, path, { method: 'GET' })).body;
    expect(await get('/decorated/class')).toEqual({ level: 'repeatable read', active: true });
    expect(await get('/decorated/method')).toEqual({ level: 'serializable', active: true });
    expect(await get('/decorated/none')).toEqual({ level: 'read committed', active: false });
  });

  it('leaves other controllers alone, whose handlers may be @Transactional() and send the response themselves', async () => {
    expect(await send(app, '/plain/transactional?body=x')).toEqual({ status: 202, body: { active: true } });
    expect(await ledger.committed()).toEqual(['a:x', 'a:by the service']);
    expect((await send(app, '/plain/own', { method: 'GET' })).body).toBe('active: false');
  });
});
