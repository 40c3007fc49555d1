import { currentContext, type RequestContext, withSettings } from '@nestarc/core';
import { sql } from '@nestarc/postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type OperationPlan, type OperationPlanner, type PlannedOperation, planOperations } from '../../src';
import { as, ATTACHED, Board, type PrismaClient, WAYS } from './fixture/board';

const where = { id: 1 };

describe.each(WAYS)('the plan of an operation ($transport, $order)', (way) => {
  let board: Board;
  let prisma: PrismaClient;
  beforeAll(async () => {
    board = await Board.create(way, 2);
    ({ prisma } = board);
    await as('a', () => prisma.note.count());
  });
  beforeEach(() => board.reset('first', 'second'));
  afterAll(() => board.close());

  it('is made for every operation, by its name and model, also for raw SQL and in extensions', async () => {
    const seen: PlannedOperation[] = [];
    board.planner = (operation) => void seen.push(operation);
    const extended = prisma.$extends({ query: { note: { findFirst: ({ query }) => query({ where }) } } });
    await as('a', async () => {
      await extended.note.findFirst({ where: { id: 2 } });
      await prisma.note.count({ where });
      await prisma.$queryRaw`SELECT 1`;
      await prisma.$transaction((tx) => tx.note.findUnique({ where }).replies());
    });
    expect(seen.map(({ model, action, path }) => [model, action, path])).toEqual([
      ['Note', 'findFirst', []],
      ['Note', 'count', []],
      [undefined, 'queryRaw', []],
      ['Note', 'findUnique', ['replies']],
    ]);
    expect(seen[0]?.args).toEqual({ where });
    expect(seen[1]?.args).toEqual({ where });
  });

  it('may refuse the operation, and nothing is sent', async () => {
    board.planner = () => {
      throw new Error('refused');
    };
    const trips = await board.roundTrips(async () => {
      await expect(as('a', () => prisma.note.findMany())).rejects.toThrow('refused');
      await expect(as('a', () => prisma.$transaction([prisma.note.findMany()]))).rejects.toThrow('refused');
    });
    expect(trips).toBe(0);
  });

  it('may turn the answer into another, at the end of its path or of one of its own', async () => {
    await board.admin.query('UPDATE notes SET parent_id = 2 WHERE id = 1');
    board.planner = () => ({ finish: (result) => ({ finished: result }) });
    expect(await as('a', () => prisma.note.count())).toEqual({ finished: 2 });
    const parent = () => prisma.note.findUnique({ where }).parent({ select: { body: true } });
    expect(await as('a', parent)).toEqual({ finished: { body: 'second' } });
    board.planner = () => ({ path: [], finish: (result) => ({ whole: result }) });
    expect(await as('a', parent)).toEqual({ whole: { parent: { body: 'second' } } });
    board.planner = () => ({
      path: ['parent', 'replies'],
      args: { where, select: { parent: { select: { replies: { select: { id: true } } } } } },
    });
    expect(await as('a', parent)).toEqual([{ id: 1 }]);
  });

  it('may finish the answer with a further operation, in the same transaction', async () => {
    board.plan('update', ({ model }) => ({
      finish: async (_, run) => run({ model, action: 'findUnique', args: { where, select: { body: true } }, path: [] }),
    }));
    const update = (client: Pick<PrismaClient, 'note'>, body: string) => client.note.update({ where, data: { body } });
    expect(await as('a', () => update(prisma, 'x'))).toEqual({ body: 'x' });
    const undone = as('a', () =>
      prisma.$transaction(async (tx) => {
        expect(await update(tx, 'y')).toEqual({ body: 'y' });
        throw new Error('undone');
      }),
    );
    await expect(undone).rejects.toThrow('undone');
    expect(await as('a', () => prisma.$transaction([update(prisma, 'z')]))).toEqual([{ body: 'z' }]);
    expect(await board.bodies()).toEqual(['z', 'second']);
  });

  it('may count, group or aggregate instead of something else, and the other way round', async () => {
    board.plan('findMany', () => ({ action: 'count', args: { where } }));
    expect(await as('a', () => prisma.note.findMany())).toBe(1);
    expect(await as('a', () => prisma.$transaction([prisma.note.findMany()]))).toEqual([1]);
    board.plan('count', () => ({ action: 'findMany', args: { where, select: { id: true } } }));
    expect(await as('a', () => prisma.note.count())).toEqual([{ id: 1 }]);
    board.plan('count', () => ({ args: { where } }));
    expect(await as('a', () => prisma.note.count())).toBe(1);
  });

  it('may ask something first: beside a read, ahead of a write, and in the transaction of the caller', async () => {
    const asking = (body: string, more: OperationPlan = {}): void => {
      board.planner = ({ model }) => ({
        precondition: {
          operation: { model, action: 'findFirst', args: { where: { body } }, path: [] },
          otherwise: 'other',
        },
        finish: () => 'answer',
        ...more,
      });
    };
    const read = (client: Pick<PrismaClient, 'note'> = prisma) => client.note.findMany();
    const write = (client: Pick<PrismaClient, 'note'> = prisma) =>
      client.note.update({ where, data: { body: 'written' } });
    for (const [body, answer] of [
      ['first', 'answer'],
      ['none', 'other'],
    ] as const) {
      asking(body);
      expect(await as('a', () => read())).toBe(answer);
      expect(await as('a', () => prisma.$transaction((tx) => read(tx)))).toBe(answer);
    }
    const told: unknown[] = [];
    asking('none', {
      committed: (result) => void told.push(result),
      before: () => Promise.reject(new Error('not asked')),
    });
    expect(await as('a', () => write())).toBe('other');
    expect(await as('a', () => prisma.$transaction((tx) => write(tx)))).toBe('other');
    asking('none', { committed: (result) => void told.push(result) });
    expect(await as('a', () => write())).toBe('other');
    expect(await as('a', () => read())).toBe('other');
    expect(told).toEqual([]);
    const wrong = (client: Pick<PrismaClient, 'note'> = prisma) =>
      client.note.findMany({ where: { nothing: 1 } as never });
    await expect(as('a', () => wrong())).rejects.toThrow('nothing');
    await expect(as('a', () => prisma.$transaction((tx) => wrong(tx)))).rejects.toThrow('nothing');
    asking('first');
    expect(await as('a', () => write())).toBe('answer');
    expect(await board.bodies()).toEqual(['written', 'second']);
  });

  it('is made by several planners, each of what the ones before made of it', async () => {
    const other = board.connect();
    const order: string[] = [];
    const step = (name: string, more: OperationPlan): OperationPlan => ({
      before: async () => void order.push(`before ${name}`),
      after: async (_, result) => void order.push(`after ${name}: ${JSON.stringify(result)}`),
      committed: () => void order.push(`committed ${name}`),
      ...more,
    });
    board.plan('delete', () =>
      step('one', { action: 'update', args: { where, data: { body: 'x' } }, finish: (r) => [r] }),
    );
    const second: OperationPlanner = ({ action, args }) =>
      action === 'update'
        ? step('two', { args: { ...(args as object), select: { body: true } }, finish: (r) => ({ r }) })
        : undefined;
    planOperations(other, second);
    planOperations(other, second);
    expect(await as('a', () => other.note.delete({ where }))).toEqual([{ r: { body: 'x' } }]);
    expect(order).toEqual([
      'before one',
      'before two',
      'after two: {"body":"x"}',
      'after one: {"r":{"body":"x"}}',
      'committed two',
      'committed one',
    ]);
  });

  it('is made in the context of the call, whoever awaits', async () => {
    const seen: unknown[] = [];
    board.planner = () => void seen.push(currentContext()?.tenantId);
    const call: { made?: PromiseLike<unknown> } = {};
    await as('a', () => {
      call.made = prisma.note.count();
    });
    await call.made;
    const inTransaction = as('a', () =>
      prisma.$transaction((tx) => {
        const made = tx.note.count();
        return as('a', () => made);
      }),
    );
    await inTransaction;
    expect(seen).toEqual(['a', 'a']);
  });
});

describe.each(ATTACHED)('the context of a plan ($transport, $order)', (way) => {
  let board: Board;
  let prisma: PrismaClient;
  beforeAll(async () => {
    board = await Board.create(way, 2);
    ({ prisma } = board);
    await as('a', () => prisma.note.count());
  });
  beforeEach(() => board.reset('first', 'second'));
  afterAll(() => board.close());

  const shown = (value: string): RequestContext => withSettings(currentContext(), { 'app.shown': value });
  const setting = sql`SELECT COALESCE(current_setting('app.shown', true), '') AS value`;

  it('is that of its statements, those of its steps and nobody else’s', async () => {
    const seen: string[] = [];
    const see = async (tx: Parameters<NonNullable<OperationPlan['before']>>[0]): Promise<void> => {
      const [row] = await tx.query<{ value: string }>(setting);
      seen.push(row?.value ?? '');
    };
    board.planner = ({ action }) =>
      action === 'update' ? { context: shown('plan'), before: see, after: see } : undefined;
    const update = (client: Pick<PrismaClient, 'note'> = prisma) => client.note.update({ where, data: { body: 'x' } });
    const read = (client: Pick<PrismaClient, '$queryRaw'> = prisma) =>
      client.$queryRaw<{ value: string }[]>`SELECT COALESCE(current_setting('app.shown', true), '') AS value`;
    await as('a', () => update());
    await as('a', () =>
      prisma.$transaction(async (tx) => {
        await update(tx);
        expect(await read(tx)).toEqual([{ value: '' }]);
      }),
    );
    const [, row] = await as('a', () => prisma.$transaction([update(), read()]));
    expect(row).toEqual([{ value: '' }]);
    expect(await as('a', () => read())).toEqual([{ value: '' }]);
    expect(seen).toEqual(Array(6).fill('plan'));
    board.planner = ({ action }) => (action === 'queryRaw' ? { context: shown('plan') } : undefined);
    expect(await as('a', () => read())).toEqual([{ value: 'plan' }]);
    expect(await as('a', () => prisma.$transaction([prisma.note.count(), read()]))).toEqual([2, [{ value: 'plan' }]]);
  });
});

describe.each(ATTACHED.filter(({ transport }) => transport === 'pipelined'))(
  'findUnique calls of one tick ($order)',
  (way) => {
    let board: Board;
    let prisma: PrismaClient;
    beforeAll(async () => {
      board = await Board.create(way, 1);
      ({ prisma } = board);
      await board.reset('1', '2', '3', '4', '5');
      await as('a', () => prisma.note.count());
    });
    beforeEach(() => {
      board.planner = () => undefined;
    });
    afterAll(() => board.close());

    const find = (id: number) => prisma.note.findUnique({ where: { id }, select: { body: true } });
    const findAll = (): Promise<unknown> => Promise.all([1, 2, 3, 4, 5].map(find));

    it('become one statement with a plan that only finishes or replaces', async () => {
      board.planner = ({ args }) => ({ args: { ...(args as object) }, finish: (result) => [result] });
      let answers: unknown;
      const trips = await board.roundTrips(async () => {
        answers = await as('a', findAll);
      });
      expect(trips).toBe(1);
      expect(answers).toEqual(['1', '2', '3', '4', '5'].map((body) => [{ body }]));
    });

    it('become one statement for each context of a plan', async () => {
      board.planner = ({ args }) => {
        const { id } = (args as { where: { id: number } }).where;
        return id > 2 ? { context: withSettings(currentContext(), { 'app.shown': 'yes' }) } : undefined;
      };
      const trips = await board.roundTrips(async () => {
        expect(await as('a', findAll)).toEqual(['1', '2', '3', '4', '5'].map((body) => ({ body })));
      });
      expect(trips).toBe(2);
    });

    it('stay apart where they were called for different tenants', async () => {
      board.planner = () => ({ finish: (result) => result });
      const answers = await Promise.all([as('a', () => find(1)), as('b', () => find(2)), as('a', () => find(3))]);
      expect(answers).toEqual([{ body: '1' }, null, { body: '3' }]);
    });
  },
);
