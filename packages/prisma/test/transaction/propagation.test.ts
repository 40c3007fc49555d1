import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { InvalidOptionsError } from '@nestarc/core';
import { ClientNotAttachedError, PrismaInternalsError, TransactionAbortedError, TransactionHost } from '../../src';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '../fixture/generated/client';
import { as, Ledger, pause, TRANSPORTS } from './fixture/ledger';

describe.each(TRANSPORTS)('%s', (transport) => {
  let ledger: Ledger;
  beforeAll(async () => {
    ledger = await Ledger.create(3, transport);
  });
  beforeEach(() => ledger.clear());
  afterEach(async () => expect(await ledger.openTransactions()).toBe(0));
  afterAll(() => ledger.close());

  const failing = async (body: string): Promise<never> => {
    await ledger.write(body);
    throw new Error(body);
  };

  describe('REQUIRED', () => {
    it('joins the open transaction', async () => {
      const work = ledger.run(async () => {
        await ledger.write('outer');
        await ledger.host.run('REQUIRED', () => ledger.write('inner'));
        throw new Error('undo');
      });
      await expect(work).rejects.toThrow('undo');
      expect(await ledger.committed()).toEqual([]);
    });

    it('that throws rolls all of it back, even where the error is caught', async () => {
      const work = ledger.run(async () => {
        await ledger.write('outer');
        await ledger.host.run(() => failing('inner')).catch(() => undefined);
      });
      await expect(work).rejects.toBeInstanceOf(TransactionAbortedError);
      await expect(work).rejects.toMatchObject({ code: 'TRANSACTION_ABORTED', cause: { message: 'inner' } });
      expect(await ledger.committed()).toEqual([]);
    });

    it('that throws inside a savepoint undoes the savepoint', async () => {
      await ledger.run(async () => {
        await ledger.write('outer');
        const nested = ledger.host.run('NESTED', async () => {
          await ledger.host.run(() => failing('inner')).catch(() => undefined);
        });
        await expect(nested).rejects.toMatchObject({ code: 'TRANSACTION_ABORTED', cause: { message: 'inner' } });
      });
      expect(await ledger.committed()).toEqual(['a:outer']);
    });
  });

  describe('NESTED', () => {
    it('T-35 that fails is undone, the transaction goes on, and the tenant is still there', async () => {
      await ledger.run(async () => {
        await ledger.write('before');
        await expect(ledger.host.run('NESTED', () => failing('inner'))).rejects.toThrow('inner');
        const [row] = await ledger.prisma.$queryRaw<object[]>`SELECT current_setting('app.current_tenant') AS tenant`;
        expect(row).toEqual({ tenant: 'a' });
        await ledger.write('after');
      });
      expect(await ledger.committed()).toEqual(['a:before', 'a:after']);
    });

    it('T-35 keeps the tenant when it was the first thing in the transaction', async () => {
      await ledger.run(async () => {
        await expect(ledger.host.run('NESTED', () => failing('inner'))).rejects.toThrow('inner');
        await ledger.write('after');
      });
      expect(await ledger.committed()).toEqual(['a:after']);
    });

    it('survives a failed statement', async () => {
      await ledger.run(async () => {
        await ledger.write('x');
        await expect(ledger.host.run('NESTED', () => ledger.write('x'))).rejects.toMatchObject({ code: 'P2002' });
        await ledger.write('y');
      });
      expect(await ledger.committed()).toEqual(['a:x', 'a:y']);
    });

    it('fails when a statement in it failed and the error was caught', async () => {
      await ledger.run(async () => {
        await ledger.write('x');
        const nested = ledger.host.run('NESTED', async () => {
          await ledger.write('x').catch(() => undefined);
        });
        await expect(nested).rejects.toMatchObject({ code: 'TRANSACTION_ABORTED', cause: { code: 'P2002' } });
      });
      expect(await ledger.committed()).toEqual(['a:x']);
    });

    it('opens a transaction where none is open', async () => {
      await expect(as('a', () => ledger.host.run('NESTED', () => failing('x')))).rejects.toThrow('x');
      await as('a', () => ledger.host.run('NESTED', () => ledger.write('y')));
      expect(await ledger.committed()).toEqual(['a:y']);
    });

    it('goes as deep as you like', async () => {
      const descend = (depth: number): Promise<void> =>
        ledger.host.run('NESTED', async () => {
          await ledger.write(`level ${depth}`);
          if (depth === 4) throw new Error('bottom');
          await descend(depth + 1).catch(() => undefined);
        });
      await ledger.run(() => descend(1));
      expect(await ledger.committed()).toEqual(['a:level 1', 'a:level 2', 'a:level 3']);
    });

    it('siblings started side by side run one after the other, each undone on its own', async () => {
      const trace: string[] = [];
      const sibling = (name: string, fails: boolean): Promise<void> =>
        ledger.host.run('NESTED', async () => {
          trace.push(`${name} begins`);
          await ledger.write(name);
          await pause(5);
          trace.push(`${name} ends`);
          if (fails) throw new Error(name);
        });
      await ledger.run(async () => {
        const results = await Promise.allSettled([sibling('1', false), sibling('2', true), sibling('3', false)]);
        expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      });
      expect(await ledger.committed()).toEqual(['a:1', 'a:3']);
      expect(trace).toEqual(['1 begins', '1 ends', '2 begins', '2 ends', '3 begins', '3 ends']);
    });

    it('undoes no operation of the surrounding work that runs at the same time', async () => {
      await ledger.run(async () => {
        const nested = ledger.host.run('NESTED', async () => {
          await ledger.write('inner');
          await pause(20);
          throw new Error('inner');
        });
        await pause(5);
        const [inner, outer] = await Promise.allSettled([nested, ledger.write('outer')]);
        expect([inner.status, outer.status]).toEqual(['rejected', 'fulfilled']);
      });
      expect(await ledger.committed()).toEqual(['a:outer']);
    });

    it('takes in an operation that was called ahead of it and is awaited inside', async () => {
      await ledger.run(async () => {
        const operation = ledger.prisma.note.create({ data: { body: 'ahead' } });
        await ledger.host.run('NESTED', async () => void (await operation));
      });
      expect(await ledger.committed()).toEqual(['a:ahead']);
    });

    it('siblings that wait for each other end with the time limit', async () => {
      const work = as('a', () =>
        ledger.host.run(
          async () => {
            const siblings: Promise<unknown>[] = [];
            siblings.push(ledger.host.run('NESTED', () => pause(1).then(() => siblings[1])));
            siblings.push(ledger.host.run('NESTED', () => ledger.write('never')));
            await Promise.all(siblings);
          },
          { timeoutMs: 200 },
        ),
      );
      await expect(work).rejects.toMatchObject({ code: 'P2028' });
      expect(await ledger.committed()).toEqual([]);
    });
  });

  describe('REQUIRES_NEW', () => {
    it('is a transaction of its own: neither undoes the other', async () => {
      const work = ledger.run(async () => {
        await ledger.write('outer 1');
        await ledger.host.run('REQUIRES_NEW', () => ledger.write('new'));
        await expect(ledger.host.run('REQUIRES_NEW', () => failing('failed'))).rejects.toThrow('failed');
        await ledger.write('outer 2');
        throw new Error('undo');
      });
      await expect(work).rejects.toThrow('undo');
      expect(await ledger.committed()).toEqual(['a:new']);
    });

    it('may be of another tenant', async () => {
      await ledger.run(async () => {
        await ledger.write('outer');
        await as('b', () => ledger.host.run('REQUIRES_NEW', () => ledger.write('new')));
      });
      expect(await ledger.committed()).toEqual(['a:outer', 'b:new']);
    });

    it('gives up where no second connection comes', async () => {
      const small = await Ledger.create(1, transport);
      const inner = (): Promise<unknown> => small.host.run('REQUIRES_NEW', () => small.write('x'), { maxWaitMs: 100 });
      const work = as('a', () => small.host.run(inner, { timeoutMs: 500 }));
      await expect(work).rejects.toMatchObject({ code: 'P2028' });
      await small.run(() => small.write('next'));
      expect(await small.committed()).toEqual(['a:next']);
      await small.close();
    });
  });

  describe('the other propagations', () => {
    it('MANDATORY joins, and is refused outside', async () => {
      await expect(as('a', () => ledger.host.run('MANDATORY', () => ledger.write('x')))).rejects.toMatchObject({
        code: 'TRANSACTION_REQUIRED',
      });
      await expect(ledger.run(() => ledger.host.run('MANDATORY', () => failing('x')))).rejects.toThrow('x');
      expect(await ledger.committed()).toEqual([]);
    });

    it('NEVER is refused inside, and does without outside', async () => {
      await expect(ledger.run(() => ledger.host.run('NEVER', () => ledger.write('x')))).rejects.toMatchObject({
        code: 'TRANSACTION_NOT_ALLOWED',
      });
      expect(await as('a', () => ledger.host.run('NEVER', () => ledger.host.isActive()))).toBe(false);
    });

    it('SUPPORTS joins, and does without outside', async () => {
      const isActive = (): Promise<boolean> => ledger.host.run('SUPPORTS', () => ledger.host.isActive());
      expect(await as('a', isActive)).toBe(false);
      expect(await ledger.run(isActive)).toBe(true);
    });

    it('NOT_SUPPORTED runs outside, and comes back', async () => {
      const work = ledger.run(async () => {
        await ledger.host.run('NOT_SUPPORTED', async () => {
          expect(ledger.host.isActive()).toBe(false);
          await ledger.write('kept');
        });
        await ledger.write('undone');
        throw new Error('undo');
      });
      await expect(work).rejects.toThrow('undo');
      expect(await ledger.committed()).toEqual(['a:kept']);
    });
  });

  describe('a host', () => {
    const other = (): PrismaClient => new PrismaClient({ adapter: new PrismaPg(ledger.database.appUrl) });

    it('is made of attached clients only', () => {
      expect(() => TransactionHost.of(other())).toThrow(ClientNotAttachedError);
      expect(() => TransactionHost.of({})).toThrow(PrismaInternalsError);
      expect(TransactionHost.of(ledger.prisma.$extends({ name: 'any' }))).toBeInstanceOf(TransactionHost);
    });

    it('of the same client is the same transaction, of another client another', async () => {
      const second = await Ledger.create(1, transport);
      await ledger.run(async () => {
        expect(TransactionHost.of(ledger.prisma).isActive()).toBe(true);
        expect(second.host.isActive()).toBe(false);
        const inner = second.host.run(async () => {
          expect(ledger.host.isActive() && second.host.isActive()).toBe(true);
          await second.write('second');
          await ledger.write('first');
          throw new Error('undo the second');
        });
        await expect(inner).rejects.toThrow('undo the second');
      });
      expect(await ledger.committed()).toEqual(['a:first']);
      expect(await second.committed()).toEqual([]);
      await second.close();
    });

    it('refuses options that are none, by name', async () => {
      const run = (options: object): Promise<unknown> => as('a', () => ledger.host.run(() => 1, options));
      await expect(run({ timeoutMs: 0 })).rejects.toThrow(InvalidOptionsError);
      await expect(run({ timeoutMs: 0 })).rejects.toThrow('timeoutMs');
      await expect(run({ isolationLevel: 'Snapshot' })).rejects.toThrow('isolationLevel');
      await expect(run({ timeout: 5 })).rejects.toThrow('timeout');
    });
  });
});
