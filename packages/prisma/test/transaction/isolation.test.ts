import { createContext, runWithContext } from '@nestarc/core';
import { TenantSwitchInTransactionError } from '@nestarc/postgres';
import { countRoundTrips } from '@nestarc/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TransactionHost, TransactionOptionsConflictError, type TransactionOptions } from '../../src';
import { as, connect, Ledger, pause, TRANSPORTS } from './fixture/ledger';

describe.each(TRANSPORTS)('%s', (transport) => {
  let ledger: Ledger;
  beforeAll(async () => {
    ledger = await Ledger.create(3, transport);
  });
  beforeEach(() => ledger.clear());
  afterEach(async () => expect(await ledger.openTransactions()).toBe(0));
  afterAll(() => ledger.close());

  describe('the tenant of a transaction', () => {
    it('T-33 cannot change inside: the operation is refused, and everything is rolled back, even if that is caught', async () => {
      const switching = ledger.run(async () => {
        await ledger.write('x');
        await as('b', () => ledger.prisma.note.findMany());
      });
      await expect(switching).rejects.toBeInstanceOf(TenantSwitchInTransactionError);
      const catching = ledger.run(async () => {
        await ledger.write('x');
        await as('b', () => ledger.prisma.note.findMany()).catch(() => undefined);
      });
      await expect(catching).rejects.toMatchObject({
        code: 'TRANSACTION_ABORTED',
        cause: { code: 'TENANT_SWITCH_IN_TRANSACTION' },
      });
      expect(await ledger.committed()).toEqual([]);
    });

    it.each([
      ['run()', () => ledger.host.run(() => 1)],
      ['NESTED', () => ledger.host.run('NESTED', () => 1)],
      ['$transaction(callback)', () => ledger.prisma.$transaction(async () => 1)],
      ['$transaction([…])', () => ledger.prisma.$transaction([ledger.prisma.note.count()])],
    ])('T-33 is not switched by entering %s for another one', async (_, enter: () => Promise<unknown>) => {
      for (const other of [() => as('b', enter), () => runWithContext(createContext({ mode: 'bypass' }), enter)]) {
        await expect(ledger.run(other)).rejects.toBeInstanceOf(TenantSwitchInTransactionError);
        const catching = ledger.run(async () => {
          await ledger.write('x');
          await other().catch(() => undefined);
        });
        await expect(catching).rejects.toMatchObject({ code: 'TRANSACTION_ABORTED' });
      }
      expect(await ledger.committed()).toEqual([]);
    });

    it('is needed to open one', async () => {
      await expect(ledger.host.run(() => 1)).rejects.toMatchObject({ code: 'TENANT_CONTEXT_MISSING' });
    });

    it('is that of the caller for work that lost its context', async () => {
      await ledger.run(() => runWithContext(undefined, () => ledger.write('x').then()));
      expect(await ledger.committed()).toEqual(['a:x']);
    });
  });

  describe('options', () => {
    const setting = async (name: string): Promise<unknown> => {
      const rows = await ledger.prisma.$queryRawUnsafe<{ value: string }[]>(
        `SELECT current_setting('${name}') AS value`,
      );
      return rows[0]?.value;
    };
    const run = <T>(options: TransactionOptions, work: () => T | PromiseLike<T>): Promise<T> =>
      as('a', () => ledger.host.run(work, options));

    it.each([
      ['ReadUncommitted', 'read uncommitted'],
      ['ReadCommitted', 'read committed'],
      ['RepeatableRead', 'repeatable read'],
      ['Serializable', 'serializable'],
    ] as const)('T-36 isolation level %s', async (isolationLevel, shown) => {
      await run({ isolationLevel }, async () => {
        expect(await setting('transaction_isolation')).toBe(shown);
        expect(await setting('app.current_tenant')).toBe('a');
      });
    });

    it('refuses to join what is isolated less than demanded, and joins what is isolated more', async () => {
      const joining = (outer: TransactionOptions, inner: TransactionOptions): Promise<unknown> =>
        run(outer, () => ledger.host.run(() => 'joined', inner));
      const conflict = joining({ isolationLevel: 'RepeatableRead' }, { isolationLevel: 'Serializable' });
      await expect(conflict).rejects.toBeInstanceOf(TransactionOptionsConflictError);
      await expect(conflict).rejects.toMatchObject({ code: 'TRANSACTION_OPTIONS_CONFLICT' });
      await expect(joining({}, { isolationLevel: 'RepeatableRead' })).rejects.toThrow(TransactionOptionsConflictError);
      expect(await joining({}, { isolationLevel: 'ReadCommitted' })).toBe('joined');
      expect(await joining({ isolationLevel: 'Serializable' }, { isolationLevel: 'RepeatableRead' })).toBe('joined');
      const prismas = run({}, () => ledger.prisma.$transaction(async () => 1, { isolationLevel: 'Serializable' }));
      await expect(prismas).rejects.toThrow(TransactionOptionsConflictError);
      const nested = run({}, () => ledger.host.run('NESTED', () => 1, { isolationLevel: 'Serializable' }));
      await expect(nested).rejects.toThrow(TransactionOptionsConflictError);
    });

    it('readOnly makes PostgreSQL refuse to write', async () => {
      await expect(run({ readOnly: true }, () => ledger.write('x'))).rejects.toThrow(/read-only/);
      expect(await run({ readOnly: true }, () => ledger.prisma.note.count())).toBe(0);
      const joining = run({ readOnly: true }, () => ledger.host.run(() => 1, { readOnly: false }));
      await expect(joining).rejects.toThrow(TransactionOptionsConflictError);
      expect(await run({ readOnly: true }, () => ledger.host.run(() => 1))).toBe(1);
      await run({}, () => ledger.write('written'));
      expect(await ledger.committed()).toEqual(['a:written']);
    });

    it('T-36 timeoutMs ends it with P2028', async () => {
      const slow = run({ timeoutMs: 50 }, async () => {
        await ledger.write('x');
        await pause(150);
        await ledger.write('y');
      });
      await expect(slow).rejects.toMatchObject({ code: 'P2028' });
      const idle = run({ timeoutMs: 50 }, async () => {
        await ledger.write('x');
        await pause(150);
      });
      await expect(idle).rejects.toMatchObject({ code: 'P2028' });
      const catching = run({ timeoutMs: 50 }, async () => {
        await pause(150);
        await ledger.write('y').catch(() => undefined);
      });
      await expect(catching).rejects.toMatchObject({ code: 'P2028' });
      expect(await ledger.committed()).toEqual([]);
    });

    it('T-36 maxWaitMs ends the wait for a connection with P2028', async () => {
      let release = (): void => undefined;
      const gate = new Promise<void>((resolve) => (release = resolve));
      const holding = [1, 2, 3].map(() => ledger.run(() => gate));
      await pause(50);
      // Prisma 6 notices when the connection comes, Prisma 7 when the time is up.
      const late = expect(run({ maxWaitMs: 50 }, () => ledger.write('x'))).rejects.toMatchObject({ code: 'P2028' });
      await pause(150);
      release();
      await late;
      await Promise.all(holding);
      await run({}, () => ledger.write('y'));
      expect(await ledger.committed()).toEqual(['a:y']);
    });

    it('retries run the work again when PostgreSQL could not serialise it', async () => {
      let attempts = 0;
      const increment = (retries: number): Promise<unknown> =>
        run({ isolationLevel: 'Serializable', retries, timeoutMs: 20_000 }, async () => {
          attempts += 1;
          const count = await ledger.prisma.note.count();
          await pause(20);
          await ledger.write(`note ${count}`);
        });
      const once = await Promise.allSettled([increment(0), increment(0)]);
      expect(once.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      attempts = 0;
      await Promise.all([increment(20), increment(20), increment(20)]);
      expect(attempts).toBeGreaterThan(3);
      expect(await ledger.committed()).toEqual(['a:note 0', 'a:note 1', 'a:note 2', 'a:note 3']);
      attempts = 0;
      const failing = run({ retries: 5 }, () => ((attempts += 1), ledger.write('note 0')));
      await expect(failing).rejects.toMatchObject({ code: 'P2002' });
      expect(attempts).toBe(1);
    });
  });

  describe('what it costs', () => {
    it('T-37 five operations are BEGIN, the tenant once, with the first of five statements or ahead of them, and COMMIT', async () => {
      const counter = await countRoundTrips(ledger.database.appUrl);
      const prisma = connect(counter.url, 1, transport);
      const host = TransactionHost.of(prisma);
      const read = (): Promise<unknown> => prisma.note.findMany().then();
      await as('a', read);
      counter.reset();
      await as('a', () =>
        host.run(async () => {
          for (let n = 0; n < 5; n++) await read();
        }),
      );
      const ofItsOwn = transport === 'pipelined' ? 0 : 1;
      expect(counter.count).toBe(7 + ofItsOwn);
      counter.reset();
      await as('a', () => host.run(() => host.run('NESTED', read)));
      expect(counter.count).toBe(5 + ofItsOwn);
      counter.reset();
      const undone = async (): Promise<never> => {
        await read();
        throw new Error('undo');
      };
      await as('a', () => host.run(() => host.run('NESTED', undone).catch(() => undefined)));
      // ROLLBACK TO SAVEPOINT alone would leave the savepoint behind.
      expect(counter.count).toBe(6 + ofItsOwn);
      await prisma.$disconnect();
      await counter.close();
    });
  });
});
