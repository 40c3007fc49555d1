import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TransactionFinishedError } from '../../src';
import { as, Ledger, PATHS, pause } from './fixture/ledger';

describe.each(PATHS)('an ambient transaction through a pool of $max, $transport', ({ max, transport }) => {
  let ledger: Ledger;
  beforeAll(async () => {
    ledger = await Ledger.create(max, transport);
  });
  beforeEach(() => ledger.clear());
  afterEach(async () => expect(await ledger.openTransactions()).toBe(0));
  afterAll(() => ledger.close());

  it('T-30 that throws leaves nothing behind, and rejects with what was thrown', async () => {
    const reason = new Error('changed my mind');
    const failing = ledger.run(async () => {
      await ledger.write('x');
      throw reason;
    });
    await expect(failing).rejects.toBe(reason);
    expect(await ledger.committed()).toEqual([]);
  });

  it('commits, and returns what the work returned', async () => {
    expect(await ledger.run(async () => (await ledger.write('x')) && 'done')).toBe('done');
    expect(await ledger.committed()).toEqual(['a:x']);
  });

  it('T-32 reads its own writes, through model calls, raw SQL and nested writes alike, and nobody else’s', async () => {
    const { prisma } = ledger;
    await as('b', () => ledger.write('of b'));
    await ledger.run(async () => {
      await ledger.write('x');
      await prisma.note.create({ data: { body: 'parent', replies: { create: [{ body: 'r1' }, { body: 'r2' }] } } });
      await prisma.$executeRaw`INSERT INTO notes (body) VALUES ('raw')`;
      expect(await prisma.$queryRaw`SELECT count(*)::int AS n FROM notes`).toEqual([{ n: 5 }]);
      expect(await prisma.$queryRawUnsafe('SELECT count(*)::int AS n FROM notes')).toEqual([{ n: 5 }]);
      expect(await prisma.note.count()).toBe(5);
      if (max > 1) expect(await ledger.committed()).toEqual(['b:of b']);
    });
    expect(await ledger.committed()).toHaveLength(6);
  });

  it('is joined by operations that are returned and not awaited', async () => {
    const failing = ledger.run(async () => {
      await ledger.host.run(() => ledger.prisma.note.create({ data: { body: 'lazy' } }));
      expect(await ledger.prisma.note.count()).toBe(1);
      throw new Error('undo');
    });
    await expect(failing).rejects.toThrow('undo');
    expect(await ledger.committed()).toEqual([]);
  });

  it('is joined by the fluent API, and by findUnique calls of one tick, which stay one statement', async () => {
    await ledger.run(async () => {
      const parent = await ledger.prisma.note.create({ data: { body: 'p', replies: { create: { body: 'r' } } } });
      expect(await ledger.prisma.note.findUnique({ where: { id: parent.id } }).replies()).toMatchObject([
        { body: 'r' },
      ]);
      const found = await Promise.all(
        [parent.id, parent.id].map((id) => ledger.prisma.note.findUnique({ where: { id } })),
      );
      expect(found.map((note) => note?.body)).toEqual(['p', 'p']);
    });
  });

  it('is joined below extensions of the user, whichever of the two clients runs it', async () => {
    const calls: string[] = [];
    const extended = ledger.prisma.$extends({
      query: {
        async $allOperations({ operation, args, query }) {
          calls.push(operation);
          await pause(1);
          return query(args) as Promise<unknown>;
        },
      },
    });
    const failing = ledger.run(async () => {
      await extended.note.create({ data: { body: 'extended' } });
      await extended.$transaction([extended.note.create({ data: { body: 'array' } })]);
      await extended.$transaction((tx) => tx.note.create({ data: { body: 'callback' } }));
      expect(await ledger.prisma.note.count()).toBe(3);
      throw new Error('undo');
    });
    await expect(failing).rejects.toThrow('undo');
    expect(await ledger.committed()).toEqual([]);
    expect(calls).toEqual(['create', 'create', 'create']);
  });

  it('is joined from a query extension that wraps each operation into a transaction', async () => {
    const wrapping = ledger.prisma.$extends({
      query: {
        async $allOperations({ args, query }) {
          const [result]: unknown[] = await ledger.prisma.$transaction([query(args) as never]);
          return result;
        },
      },
    });
    const failing = ledger.run(async () => {
      await wrapping.note.create({ data: { body: 'wrapped' } });
      throw new Error('undo');
    });
    await expect(failing).rejects.toThrow('undo');
    expect(await ledger.committed()).toEqual([]);
  });

  it('is left alone by an operation that was called before it, whoever awaits it', async () => {
    if (max === 1) return;
    const before = as('a', async () => ({ operation: ledger.prisma.note.create({ data: { body: 'before' } }) }));
    const failing = ledger.run(async () => {
      await (
        await before
      ).operation;
      throw new Error('undo');
    });
    await expect(failing).rejects.toThrow('undo');
    expect(await ledger.committed()).toEqual(['a:before']);
  });

  it('T-31 runs an array transaction as a savepoint: all or nothing, in order, and the rest goes on', async () => {
    const { prisma } = ledger;
    const note = (id: number, body: string) => prisma.note.create({ data: { id, body } });
    await ledger.run(async () => {
      await ledger.write('kept');
      const failing = prisma.$transaction([note(501, 'x'), note(501, 'y')]);
      await expect(failing).rejects.toMatchObject({ code: 'P2002' });
      const results = await prisma.$transaction([note(502, 'one'), prisma.note.count()]);
      expect(results).toEqual([expect.objectContaining({ body: 'one' }), 2]);
    });
    expect(await ledger.committed()).toEqual(expect.arrayContaining(['a:kept', 'a:one']));
    expect(await ledger.committed()).toHaveLength(2);
  });

  it('runs a callback transaction as a savepoint, for its own client and for the plain one', async () => {
    const { prisma } = ledger;
    await ledger.run(async () => {
      await ledger.write('kept');
      const failing = prisma.$transaction(async (tx) => {
        await tx.note.create({ data: { body: 'by tx' } });
        await ledger.write('by the plain client');
        expect(await tx.note.count()).toBe(3);
        throw new Error('inner');
      });
      await expect(failing).rejects.toThrow('inner');
      await prisma.$transaction((tx) => tx.note.create({ data: { body: 'second' } }));
    });
    expect(await ledger.committed()).toEqual(['a:kept', 'a:second']);
  });

  it('outside of it, Prisma’s transactions are Prisma’s', async () => {
    await as('a', () => ledger.prisma.$transaction((tx) => tx.note.create({ data: { body: 'itx' } })));
    await as('a', () => ledger.prisma.$transaction([ledger.prisma.note.create({ data: { body: 'array' } })]));
    expect(ledger.host.isActive()).toBe(false);
    expect(await ledger.committed()).toEqual(['a:itx', 'a:array']);
  });

  it('tells whether it is open', async () => {
    expect(ledger.host.isActive()).toBe(false);
    await ledger.run(async () => {
      expect(ledger.host.isActive()).toBe(true);
      await pause(1);
      expect(ledger.host.isActive()).toBe(true);
    });
    expect(ledger.host.isActive()).toBe(false);
  });

  describe('and work that outlives it', () => {
    it('has operations in flight when the work returns awaited, with all that follows from them', async () => {
      await ledger.run(async () => {
        await ledger.write('awaited');
        const chain = async (): Promise<void> => {
          await ledger.prisma.$queryRaw`SELECT pg_sleep(0.05)::text`;
          for (let tick = 0; tick < 100; tick++) await Promise.resolve();
          await ledger.write('forgotten 1');
          await ledger.write('forgotten 2');
        };
        chain().catch(() => undefined);
      });
      expect(await ledger.committed()).toEqual(['a:awaited', 'a:forgotten 1', 'a:forgotten 2']);
    });

    it('rolls back operations in flight when the work throws', async () => {
      const { id } = await as('a', () => ledger.write('parent'));
      const failing = ledger.run(async () => {
        // Two statements, the second of which would otherwise follow ROLLBACK, on a connection that is somebody else’s.
        const data = { body: 'changed', replies: { create: { body: 'forgotten' } } };
        ledger.prisma.note.update({ where: { id }, data }).catch(() => undefined);
        throw new Error('undo');
      });
      await expect(failing).rejects.toThrow('undo');
      await pause(50);
      expect(await ledger.committed()).toEqual(['a:parent']);
    });

    it('aborts it when an operation in flight fails', async () => {
      const failing = ledger.run(async () => {
        await ledger.write('x');
        ledger.prisma.note.create({ data: { body: 'x' } }).catch(() => undefined);
      });
      await expect(failing).rejects.toMatchObject({ code: 'TRANSACTION_ABORTED', cause: { code: 'P2002' } });
      expect(await ledger.committed()).toEqual([]);
    });

    it('runs calls made after COMMIT outside of it, in their tenant', async () => {
      let late: Promise<unknown> | undefined;
      await ledger.run(async () => {
        await ledger.write('x');
        late = pause(80).then(async () => [ledger.host.isActive(), await ledger.write('late')]);
      });
      expect(await late).toEqual([false, expect.anything()]);
      expect(await ledger.committed()).toEqual(['a:x', 'a:late']);
    });

    it('refuses calls made after ROLLBACK: the other half of work that was undone', async () => {
      const late: Promise<unknown>[] = [];
      const { prisma, host } = ledger;
      const failing = ledger.run(async () => {
        const rest = pause(80);
        late.push(
          rest.then(() => ledger.write('late')),
          rest.then(() => prisma.$transaction([prisma.note.create({ data: { body: 'array' } })])),
          rest.then(() => prisma.$transaction((tx) => tx.note.create({ data: { body: 'callback' } }))),
          rest.then(() => host.run(() => ledger.write('run'))),
          rest.then(() => host.run('NESTED', () => ledger.write('nested'))),
        );
        await ledger.write('x');
        throw new Error('undo');
      });
      await expect(failing).rejects.toThrow('undo');
      for (const result of await Promise.allSettled(late)) {
        expect(result).toMatchObject({ status: 'rejected', reason: { code: 'TRANSACTION_FINISHED' } });
      }
      expect(await ledger.committed()).toEqual([]);
    });

    it('lets work outlive ROLLBACK that says so', async () => {
      let late: Promise<unknown> | undefined;
      const failing = ledger.run(async () => {
        late = pause(80).then(async () => {
          await ledger.host.run('NOT_SUPPORTED', () => ledger.write('outside'));
          await ledger.host.run('REQUIRES_NEW', () => ledger.write('new'));
        });
        throw new Error('undo');
      });
      await expect(failing).rejects.toThrow('undo');
      await late;
      expect(await ledger.committed()).toEqual(['a:outside', 'a:new']);
    });

    it('goes on in the transaction after a savepoint that was kept, and not after one that was undone', async () => {
      const late: Promise<unknown>[] = [];
      await ledger.run(async () => {
        const leave = (body: string, fails: boolean): Promise<void> =>
          ledger.host.run('NESTED', async () => {
            late.push(pause(30).then(() => ledger.write(body)));
            if (fails) throw new Error(body);
          });
        await leave('kept', false);
        await expect(leave('undone', true)).rejects.toThrow('undone');
        const [kept, undone] = await Promise.allSettled(late);
        expect([kept?.status, undone?.status]).toEqual(['fulfilled', 'rejected']);
      });
      expect(await ledger.committed()).toEqual(['a:kept']);
    });

    it('refuses an operation that was called inside and begins after the end', async () => {
      const { operation } = await ledger.run(() => ({ operation: ledger.prisma.note.create({ data: { body: 'x' } }) }));
      await expect(operation).rejects.toBeInstanceOf(TransactionFinishedError);
      expect(await ledger.committed()).toEqual([]);
    });

    it('refuses the client of a savepoint after its end', async () => {
      await ledger.run(async () => {
        let escaped: typeof ledger.prisma | undefined;
        await ledger.prisma.$transaction(async (tx) => void (escaped = tx as typeof ledger.prisma));
        await expect(escaped?.note.count()).rejects.toBeInstanceOf(TransactionFinishedError);
      });
    });
  });

  it('T-38 as many at once as you like all finish', async () => {
    await Promise.all(
      Array.from({ length: max * 4 }, (_, n) =>
        as(n % 2 === 0 ? 'a' : 'b', () =>
          ledger.host.run(
            async () => {
              await ledger.write(`n${n}`);
              await ledger.prisma.$transaction([ledger.prisma.note.count()]);
              expect(await ledger.prisma.note.findFirst({ where: { body: `n${n}` } })).not.toBeNull();
            },
            { maxWaitMs: 10_000 },
          ),
        ),
      ),
    );
    expect(await ledger.committed()).toHaveLength(max * 4);
  });
});
