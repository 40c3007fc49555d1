import { type OperationTransaction, TransactionAbortedError, TransactionHost } from '../../src';
import { sql } from '@nestarc/postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { as, ATTACHED, Board, note, WAYS } from './fixture/board';

const where = { id: 1 };

/** Writes a note through a step. */
const insert = (body: string) => sql`INSERT INTO notes (tenant_id, body) VALUES ('a', ${body})`;

describe.each(WAYS)('steps of an operation ($transport, $order)', (way) => {
  let board: Board;
  beforeAll(async () => {
    board = await Board.create(way, 1);
  });
  beforeEach(() => board.reset('first', 'second'));
  afterAll(() => board.close());

  /** Has deletions cross out the note, between a step before and a step after. */
  const withSteps = (after?: () => void): void =>
    board.crossOut({
      before: async (tx) => {
        expect(await tx.execute(insert('before'))).toBe(1);
      },
      after: async (tx, result) => {
        expect(result).toMatchObject({ id: 1, body: 'crossed out' });
        await tx.execute(insert('after'));
        after?.();
      },
    });
  const withFailingStep = (): void =>
    withSteps(() => {
      throw new Error('step failed');
    });

  it('run with it in one transaction of their own, in order', async () => {
    withSteps();
    const { prisma } = board;
    await as('a', () => prisma.note.count());
    const byHand = await board.roundTrips(() =>
      as('a', () =>
        prisma.$transaction(async (tx) => {
          await tx.$executeRaw`INSERT INTO notes (tenant_id, body) VALUES ('a', 'x')`;
          await tx.note.update({ where: { id: 2 }, data: { body: 'y' } });
          await tx.$executeRaw`INSERT INTO notes (tenant_id, body) VALUES ('a', 'z')`;
        }),
      ),
    );
    await board.reset('first', 'second');
    withSteps();
    const planned = await board.roundTrips(() => as('a', () => prisma.note.delete({ where })));
    expect(planned).toBe(byHand);
    expect(await board.bodies()).toEqual(['crossed out', 'second', 'before', 'after']);
  });

  it('are undone with it when one fails, and so is it', async () => {
    withFailingStep();
    await expect(as('a', () => board.prisma.note.delete({ where }))).rejects.toThrow('step failed');
    expect(await board.bodies()).toEqual(['first', 'second']);
    withSteps();
    await expect(as('a', () => board.prisma.note.delete({ where: { id: 77 } }))).rejects.toMatchObject({
      code: 'P2025',
    });
    expect(await board.bodies()).toEqual(['first', 'second']);
    expect(await board.openTransactions()).toBe(0);
  });

  it('run in the transaction of the caller', async () => {
    withSteps();
    const undone = as('a', () =>
      board.prisma.$transaction(async (tx) => {
        await tx.note.delete({ where });
        expect(await tx.note.count()).toBe(4);
        throw new Error('undone');
      }),
    );
    await expect(undone).rejects.toThrow('undone');
    expect(await board.bodies()).toEqual(['first', 'second']);
    await as('a', () => board.prisma.$transaction((tx) => tx.note.delete({ where })));
    expect(await board.bodies()).toEqual(['crossed out', 'second', 'before', 'after']);
  });

  it('keep a transaction from being committed that goes on with half of them', async () => {
    withFailingStep();
    const goesOn = as('a', () =>
      board.prisma.$transaction(async (tx) => {
        await expect(tx.note.delete({ where })).rejects.toThrow('step failed');
        await tx.note.create({ data: note('other') });
      }),
    );
    await expect(goesOn).rejects.toBeInstanceOf(TransactionAbortedError);
    expect(await board.bodies()).toEqual(['first', 'second']);
  });

  it('let a transaction go on when they had written nothing', async () => {
    board.crossOut({
      before: async (tx) => {
        expect(await tx.query(sql`SELECT id FROM notes FOR UPDATE`)).toHaveLength(2);
      },
    });
    await as('a', () =>
      board.prisma.$transaction(async (tx) => {
        await expect(tx.note.delete({ where: { id: 77 } })).rejects.toMatchObject({ code: 'P2025' });
        await tx.note.create({ data: note('other') });
      }),
    );
    expect(await board.bodies()).toEqual(['first', 'second', 'other']);
  });

  it('leave a transaction aborted that PostgreSQL aborted', async () => {
    board.crossOut({ after: async (tx) => void (await tx.execute(insert('second'))) });
    await as('a', () =>
      board.prisma.$transaction(async (tx) => {
        await expect(tx.note.delete({ where })).rejects.toMatchObject({ code: 'P2010' });
        await expect(tx.note.count()).rejects.toBeDefined();
      }),
    ).catch(() => undefined);
    expect(await board.bodies()).toEqual(['first', 'second']);
  });

  it('are refused when one failed in the database and that was swallowed', async () => {
    board.crossOut({ after: async (tx) => void (await tx.execute(insert('second')).catch(() => undefined)) });
    await expect(as('a', () => board.prisma.note.delete({ where }))).rejects.toBeInstanceOf(TransactionAbortedError);
    expect(await board.bodies()).toEqual(['first', 'second']);
  });

  it('know no limits in time that the operation alone does not know', async () => {
    const prisma = board.connect({ transactionOptions: { timeout: 100, maxWait: 50 } });
    board.plan('delete', ({ args }) => ({
      action: 'update',
      args: { ...(args as object), data: { parentId: 1 } },
      before: async (tx) => void (await tx.query(sql`SELECT pg_sleep(0.2)::text`)),
    }));
    // There is one connection: the second one waits for longer than `maxWait`, and both take longer than `timeout`.
    const answers = [1, 2].map((id) => as('a', () => prisma.note.delete({ where: { id }, select: { id: true } })));
    expect(await Promise.all(answers)).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('run operations of models, which nobody plans', async () => {
    const seen: string[] = [];
    board.planner = ({ action }) => {
      seen.push(action);
      if (action !== 'deleteMany') return undefined;
      const before = async (tx: OperationTransaction): Promise<void> => {
        const model = 'Note';
        expect(await tx.run({ model, action: 'count', args: { where: { body: 'first' } }, path: [] })).toBe(1);
        expect(await tx.run({ model, action: 'aggregate', args: { _max: { id: true } }, path: [] })).toEqual({
          _max: { id: 2 },
        });
        expect(await tx.run({ model, action: 'groupBy', args: { by: ['tenantId'], _count: true }, path: [] })).toEqual([
          { tenantId: 'a', _count: 2 },
        ]);
        const args = { where, data: { parentId: 2 }, select: { parent: { select: { body: true } } } };
        expect(await tx.run({ model, action: 'update', args, path: ['parent'] })).toEqual({ body: 'second' });
        await expect(tx.run({ model: 'Nothing', action: 'count', args: {}, path: [] })).rejects.toThrow('Nothing');
      };
      return { before };
    };
    expect(await as('a', () => board.prisma.note.deleteMany({ where: { id: 77 } }))).toEqual({ count: 0 });
    expect(seen).toEqual(['deleteMany']);
  });

  it('take values of any type, and give rows as $queryRaw does', async () => {
    const at = new Date('2024-02-29T12:00:00.123Z');
    let rows: unknown;
    board.crossOut({
      before: async (tx) => {
        rows = await tx.query(
          sql`SELECT ${at}::timestamptz AS at, ${12n}::bigint AS big, ${[1, 2]}::int[] AS list, ${null}::text AS nothing`,
        );
      },
    });
    await as('a', () => board.prisma.note.delete({ where }));
    expect(rows).toEqual([{ at, big: 12n, list: [1, 2], nothing: null }]);
  });
});

describe.each(ATTACHED)('steps in an ambient transaction ($transport, $order)', (way) => {
  let board: Board;
  let host: TransactionHost;
  beforeAll(async () => {
    board = await Board.create(way, 1);
    host = TransactionHost.of(board.prisma);
  });
  beforeEach(() => board.reset('first', 'second'));
  afterAll(() => board.close());

  it('are part of it', async () => {
    board.crossOut({ after: async (tx) => void (await tx.execute(insert('after'))) });
    const undone = as('a', () =>
      host.run(async () => {
        await board.prisma.note.delete({ where });
        expect(await board.prisma.note.count()).toBe(3);
        throw new Error('undone');
      }),
    );
    await expect(undone).rejects.toThrow('undone');
    expect(await board.bodies()).toEqual(['first', 'second']);
    await as('a', () => host.run(() => board.prisma.note.delete({ where })));
    expect(await board.bodies()).toEqual(['crossed out', 'second', 'after']);
  });

  it('are undone with a savepoint, also when the operation belongs to the client of an outer transaction', async () => {
    board.crossOut({ after: async (tx) => void (await tx.execute(insert('after'))) });
    await as('a', () =>
      host.run(() =>
        board.prisma.$transaction(async (tx) => {
          const nested = host.run('NESTED', async () => {
            await tx.note.delete({ where });
            throw new Error('undone');
          });
          await expect(nested).rejects.toThrow('undone');
        }),
      ),
    );
    expect(await board.bodies()).toEqual(['first', 'second']);
  });

  it('keep it from being committed when half of them was written and the failure was caught', async () => {
    board.crossOut({
      after: async () => {
        throw new Error('step failed');
      },
    });
    const goesOn = as('a', () =>
      host.run(async () => {
        await expect(board.prisma.note.delete({ where })).rejects.toThrow('step failed');
      }),
    );
    await expect(goesOn).rejects.toBeInstanceOf(TransactionAbortedError);
    expect(await board.bodies()).toEqual(['first', 'second']);
  });

  it('run outside of it, as the operation does, where that is asked for', async () => {
    const free = await Board.create(way, 2);
    try {
      await free.reset('first', 'second');
      free.crossOut({ after: async (tx) => void (await tx.execute(insert('after'))) });
      const undone = as('a', () =>
        TransactionHost.of(free.prisma).run(async () => {
          await TransactionHost.of(free.prisma).run('NOT_SUPPORTED', () => free.prisma.note.delete({ where }));
          throw new Error('undone');
        }),
      );
      await expect(undone).rejects.toThrow('undone');
      expect(await free.bodies()).toEqual(['crossed out', 'second', 'after']);
    } finally {
      await free.close();
    }
  });
});
