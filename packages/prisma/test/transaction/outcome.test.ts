import { currentContext } from '@nestarc/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CommitFailedError, TransactionAbortedError, TransactionHost } from '../../src';
import { as, Ledger, PATHS, pause } from './fixture/ledger';

describe.each(PATHS)('the outcome of a transaction through a pool of $max, $transport', ({ max, transport }) => {
  let ledger: Ledger;
  beforeAll(async () => {
    ledger = await Ledger.create(max, transport);
  });
  beforeEach(() => ledger.clear());
  afterEach(async () => {
    expect(await ledger.openTransactions()).toBe(0);
    // Whatever happened, the next one finds a clean connection: here as another tenant.
    await as('b', () => ledger.host.run(() => ledger.write('next')));
    expect(await as('b', () => ledger.prisma.note.findMany({ select: { tenantId: true } }))).toEqual([
      { tenantId: 'b' },
    ]);
  });
  afterAll(() => ledger.close());

  const orphan = (body: string) => ledger.prisma.note.create({ data: { body, parentId: 999 } });

  it('is an error when a statement failed and its error was caught, although Prisma would report success', async () => {
    const swallow = async (): Promise<string> => {
      await ledger.write('x');
      await ledger.write('x').catch(() => undefined);
      return 'looks fine';
    };
    const work = ledger.run(swallow);
    await expect(work).rejects.toBeInstanceOf(TransactionAbortedError);
    await expect(work).rejects.toMatchObject({ code: 'TRANSACTION_ABORTED', status: 500, cause: { code: 'P2002' } });
    expect(await ledger.committed()).toEqual([]);
  });

  it('is success when what failed and was caught did not abort the transaction', async () => {
    await ledger.run(async () => {
      await ledger.write('x');
      await ledger.prisma.note.findUniqueOrThrow({ where: { id: -1 } }).catch(() => undefined);
      await ledger.prisma.note.create({ data: { nonsense: 1 } as never }).catch(() => undefined);
    });
    expect(await ledger.committed()).toEqual(['a:x']);
  });

  it('is CommitFailedError when a constraint fails at COMMIT', async () => {
    const work = ledger.run(() => orphan('x'));
    await expect(work).rejects.toBeInstanceOf(CommitFailedError);
    await expect(work).rejects.toMatchObject({
      code: 'COMMIT_CONSTRAINT_VIOLATED',
      status: 409,
      outcome: 'rolled-back',
      retryable: false,
    });
    expect(await ledger.committed()).toEqual([]);
  });

  it('is CommitFailedError when PostgreSQL cannot serialise it', async () => {
    if (max === 1) return;
    let waiting = 0;
    let goOn = (): void => undefined;
    const bothHaveWritten = new Promise<void>((resolve) => (goOn = resolve));
    const work = async (): Promise<void> => {
      await ledger.write(`note ${await ledger.prisma.note.count()} ${Math.random()}`);
      if (++waiting === 2) goOn();
      await bothHaveWritten;
    };
    const run = (): Promise<void> => as('a', () => ledger.host.run(work, { isolationLevel: 'Serializable' }));
    const results = await Promise.allSettled([run(), run()]);
    const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    expect(errors).toEqual([
      expect.objectContaining({ code: 'SERIALIZATION_FAILURE', status: 503, outcome: 'rolled-back', retryable: true }),
    ]);
    expect(await ledger.committed()).toHaveLength(1);
  });

  it('is unknown when the connection breaks before COMMIT is answered', async () => {
    const hooks: string[] = [];
    const work = ledger.run(async () => {
      ledger.host.afterCommit(() => hooks.push('commit'));
      ledger.host.afterRollback(() => hooks.push('rollback'));
      await ledger.write('x');
      await ledger.killBackend();
    });
    await expect(work).rejects.toMatchObject({ code: 'TRANSACTION_OUTCOME_UNKNOWN', status: 503, outcome: 'unknown' });
    expect(hooks).toEqual([]);
  });

  it('T-34 is the failure itself when the backend dies, a statement times out or a row is there already', async () => {
    const killed = ledger.run(async () => {
      await ledger.killBackend();
      await ledger.write('x');
    });
    await expect(killed).rejects.toThrow();
    const slow = ledger.run(async () => {
      await ledger.prisma.$executeRaw`SET LOCAL statement_timeout = 20`;
      await ledger.prisma.$queryRaw`SELECT pg_sleep(1)::text`;
    });
    await expect(slow).rejects.toMatchObject({ code: 'QUERY_CANCELED' });
    const twice = ledger.run(async () => {
      await ledger.write('x');
      await ledger.write('x');
    });
    await expect(twice).rejects.toMatchObject({ code: 'P2002' });
    const nested = ledger.run(async () => {
      await ledger.host.run('NESTED', () => ledger.killBackend()).catch(() => undefined);
    });
    await expect(nested).rejects.toMatchObject({ code: 'TRANSACTION_ABORTED' });
    expect(await ledger.committed()).toEqual([]);
  });

  it('is not outlived by an operation of several statements when its time is up', async () => {
    const { id } = await as('a', () => ledger.write('parent'));
    const { prisma, host, admin } = ledger;
    const data = { body: 'changed', replies: { create: { body: 'late' } } };
    const update = (client: Pick<typeof prisma, 'note'>): Promise<unknown> =>
      client.note.update({ where: { id }, data });
    for (const run of [
      () => host.run(() => update(prisma), { timeoutMs: 50 }),
      () => prisma.$transaction((tx) => update(tx), { timeout: 50 }),
    ]) {
      await admin.query('BEGIN; SELECT FROM notes FOR UPDATE');
      const rejected = expect(as('a', run)).rejects.toThrow();
      await pause(150);
      await admin.query('COMMIT');
      await rejected;
      expect(await ledger.committed()).toEqual(['a:parent']);
    }
    await ledger.clear();
  });

  describe('and its hooks', () => {
    const observe = (log: unknown[], name: string): void => {
      ledger.host.afterCommit(() => log.push(`${name} committed`));
      ledger.host.afterRollback(() => log.push(`${name} rolled back`));
    };

    it('run after COMMIT, in order, before run() returns, in the context they were added in and outside of it', async () => {
      const log: unknown[] = [];
      await ledger.run(async () => {
        await ledger.write('x');
        ledger.host.afterCommit(async () => {
          await pause(5);
          log.push(await ledger.committed(), currentContext()?.tenantId, ledger.host.isActive());
          await ledger.write('by a hook');
        });
        observe(log, 'second');
        log.push('working');
      });
      expect(log).toEqual(['working', ['a:x'], 'a', false, 'second committed']);
      expect(await ledger.committed()).toEqual(['a:x', 'a:by a hook']);
    });

    it('run after ROLLBACK, also of a COMMIT that failed', async () => {
      const log: unknown[] = [];
      const failing = ledger.run(() => {
        observe(log, 'thrown');
        throw new Error('undo');
      });
      await expect(failing).rejects.toThrow('undo');
      const refused = ledger.run(async () => {
        observe(log, 'deferred');
        await orphan('x');
      });
      await expect(refused).rejects.toThrow(CommitFailedError);
      expect(log).toEqual(['thrown rolled back', 'deferred rolled back']);
    });

    it('of a savepoint share its fate, and wait for the outermost end', async () => {
      const log: unknown[] = [];
      await ledger.run(async () => {
        observe(log, 'outer');
        await ledger.host.run('NESTED', () => observe(log, 'released'));
        const undone = ledger.host.run('NESTED', async () => {
          observe(log, 'undone');
          await ledger.host.run('NESTED', () => observe(log, 'released in undone'));
          throw new Error('undo');
        });
        await expect(undone).rejects.toThrow('undo');
        log.push('end of work');
      });
      expect(log).toEqual([
        'end of work',
        'outer committed',
        'released committed',
        'undone rolled back',
        'released in undone rolled back',
      ]);
    });

    it('that fail are reported, and undo and stop nothing', async () => {
      const log: unknown[] = [];
      const result = await ledger.run(() => {
        ledger.host.afterCommit(() => Promise.reject(new Error('hook')));
        observe(log, 'next');
        return 'result';
      });
      expect(result).toBe('result');
      expect(log).toEqual(['next committed']);
      expect(ledger.hookErrors).toEqual([new Error('hook')]);
    });

    it('that fail are warned of by default', async () => {
      const warnings: string[] = [];
      const listen = (warning: Error): unknown => warnings.push(warning.message);
      process.on('warning', listen);
      const host = TransactionHost.of(ledger.prisma);
      await as('a', () => host.run(() => host.afterCommit(() => Promise.reject(new Error('hook')))));
      await pause(5);
      process.off('warning', listen);
      expect(warnings).toEqual([expect.stringContaining('hook')]);
    });

    it('run at once where no transaction is open', async () => {
      const log: unknown[] = [];
      observe(log, 'none');
      expect(log).toEqual(['none committed']);
    });

    it('of a repeated transaction are those of the attempt that counts', async () => {
      const log: unknown[] = [];
      let attempt = 0;
      await as('a', () =>
        ledger.host.run(
          () => {
            observe(log, `attempt ${++attempt}`);
            if (attempt === 1) throw Object.assign(new Error('conflict'), { code: 'P2034' });
          },
          { retries: 1 },
        ),
      );
      expect(log).toEqual(['attempt 1 rolled back', 'attempt 2 committed']);
    });
  });
});
