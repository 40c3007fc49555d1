import { createContext, parseTenantId, runWithContext, withSettings } from '@nestarc/core';
import { sql, TenantSwitchInTransactionError } from '@nestarc/postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type OperationPlan, TransactionHost } from '../../src';
import { as, ATTACHED, Board, note, type PrismaClient, WAYS } from './fixture/board';

const where = { id: 1 };
const insert = (body: string) => sql`INSERT INTO notes (tenant_id, body) VALUES ('a', ${body})`;
const AFTER: OperationPlan = { after: async (tx) => void (await tx.execute(insert('after'))) };

const transactionId = (prisma: Pick<PrismaClient, '$queryRaw'>) =>
  prisma.$queryRaw<{ id: string }[]>`SELECT txid_current()::text AS id`;
const isolation = (prisma: PrismaClient) => prisma.$queryRaw<{ level: string }[]>`
  SELECT current_setting('transaction_isolation') AS level`;

describe.each(WAYS)('an array with an operation that has steps ($transport, $order)', (way) => {
  let board: Board;
  let prisma: PrismaClient;
  beforeAll(async () => {
    board = await Board.create(way, 1);
    ({ prisma } = board);
  });
  beforeEach(async () => {
    await board.reset('first', 'second');
    board.crossOut(AFTER);
  });
  afterAll(() => board.close());

  it('runs in one transaction, in order, and answers in order', async () => {
    const [before, crossedOut, after, count, notes] = await as('a', () =>
      prisma.$transaction([
        transactionId(prisma),
        prisma.note.delete({ where, select: { body: true } }),
        transactionId(prisma),
        prisma.note.count(),
        prisma.note.findMany({ where: { body: 'after' }, select: { id: true } }),
      ]),
    );
    expect(after).toEqual(before);
    expect([crossedOut, count, notes]).toEqual([{ body: 'crossed out' }, 3, [{ id: 3 }]]);
    expect(await board.bodies()).toEqual(['crossed out', 'second', 'after']);
  });

  it('keeps nothing when a member fails, and does not go on', async () => {
    const failing = (): Promise<unknown> =>
      as('a', () =>
        prisma.$transaction([
          prisma.note.create({ data: note('third') }),
          prisma.note.delete({ where }),
          prisma.note.create({ data: note('second') }),
          prisma.$queryRaw`SELECT pg_sleep(60)::text`,
        ]),
      );
    await expect(failing()).rejects.toMatchObject({ code: 'P2002' });
    board.crossOut({
      after: async () => {
        throw new Error('step failed');
      },
    });
    await expect(failing()).rejects.toThrow('step failed');
    expect(await board.bodies()).toEqual(['first', 'second']);
    expect(await board.openTransactions()).toBe(0);
  });

  it('sends nothing when a member is refused', async () => {
    board.planner = ({ action }) => {
      if (action === 'delete') throw new Error('refused');
      return undefined;
    };
    await as('a', () => prisma.note.count());
    const trips = await board.roundTrips(async () => {
      const refused = as('a', () =>
        prisma.$transaction([prisma.note.create({ data: note('x') }), prisma.note.delete({ where })]),
      );
      await expect(refused).rejects.toThrow('refused');
      const invalid = as('a', () => prisma.$transaction([prisma.note.count(), 1 as never]));
      await expect(invalid).rejects.toThrow('Prisma Client promises');
    });
    expect(trips).toBe(0);
  });

  it('has the isolation level that was asked for', async () => {
    const [level] = await as('a', () =>
      prisma.$transaction([isolation(prisma), prisma.note.delete({ where })], { isolationLevel: 'Serializable' }),
    );
    expect(level).toEqual([{ level: 'serializable' }]);
  });

  it('knows no limits in time but those that were asked for', async () => {
    const limited = board.connect({ transactionOptions: { timeout: 100, maxWait: 50 } });
    const slow = () => limited.$queryRaw`SELECT pg_sleep(0.2)::text`;
    const run = (id: number): Promise<unknown> =>
      as('a', () => limited.$transaction([slow(), limited.note.delete({ where: { id }, select: { id: true } })]));
    board.plan('delete', ({ args }) => ({
      action: 'update',
      args: { ...(args as object), data: { parentId: 1 } },
      ...AFTER,
    }));
    expect(await run(1)).toMatchObject([[{}], { id: 1 }]);
    board.crossOut({ before: async () => undefined });
    const hurried = as('a', () => limited.$transaction([limited.note.delete({ where }), slow()], { timeout: 50 }));
    await expect(hurried).rejects.toThrow(/transaction/i);
  });

  it('may be given the same operations again, as with Prisma', async () => {
    board.plan('create', () => AFTER);
    const create = as('a', async () => [prisma.note.createMany({ data: [note('x')], skipDuplicates: true })] as const);
    const [member] = await create;
    board.plan('createMany', ({ args }) => ({
      args: { ...(args as object), data: [note(`${Math.random()}`)] },
      before: async () => undefined,
    }));
    expect(await as('a', () => prisma.$transaction([member, member]))).toEqual([{ count: 1 }, { count: 1 }]);
    expect(await as('a', () => prisma.$transaction([member]))).toEqual([{ count: 1 }]);
    expect(await board.bodies()).toHaveLength(5);
  });

  it('is told from others by what query extensions make of its members', async () => {
    const extended = prisma.$extends({
      query: {
        note: {
          findFirst: async ({ args, query }) => (args.where?.body === 'none' ? null : query(args)),
          deleteMany: ({ query }) => query({ where: { id: 77 } }),
        },
      },
    });
    board.plan('deleteMany', ({ args }) => {
      const { where: used } = args as { where: { id: number } };
      return used.id === 77 ? AFTER : undefined;
    });
    const answers = await as('a', () =>
      extended.$transaction([
        extended.note.deleteMany({ where }),
        extended.note.findFirst({ where: { body: 'none' } }),
        extended.note.count(),
      ]),
    );
    expect(answers).toEqual([{ count: 0 }, null, 3]);
  });

  it('goes together with an extension that sends each operation in an array of its own', async () => {
    const extended = prisma.$extends({
      query: {
        $allModels: {
          $allOperations: async ({ args, query }) => {
            const [, answer] = await prisma.$transaction([prisma.$executeRaw`SELECT 1`, query(args) as never]);
            return answer;
          },
        },
      },
    });
    expect(await as('a', () => extended.note.delete({ where, select: { body: true } }))).toEqual({
      body: 'crossed out',
    });
    expect(await as('a', () => extended.note.count())).toBe(3);
    expect(await board.bodies()).toEqual(['crossed out', 'second', 'after']);
  });

  it('leaves arrays without such members as they are', async () => {
    const members = () =>
      [prisma.note.count(), prisma.note.create({ data: note(`${Math.random()}`) }), prisma.note.count()] as const;
    const run = (): Promise<unknown> => as('a', () => prisma.$transaction([...members()]));
    await run();
    const planned = await board.roundTrips(run);
    board.planner = () => ({ finish: (result) => result });
    const finished = await board.roundTrips(run);
    expect([planned, finished]).toEqual([planned, planned]);
    expect(planned).toBe({ pipelined: 5, transaction: 6, none: 5 }[way.transport]);
  });

  it('asks first what has to be asked first', async () => {
    board.plan('findMany', ({ model }) => ({
      precondition: {
        operation: { model, action: 'findFirst', args: { where: { body: 'none' } }, path: [] },
        otherwise: 'nothing',
      },
    }));
    const asked = as('a', () => prisma.$transaction([prisma.note.count(), prisma.note.findMany()]));
    expect(await asked).toEqual([2, 'nothing']);
  });
});

describe.each(ATTACHED)('an array of a client with tenants ($transport, $order)', (way) => {
  let board: Board;
  let prisma: PrismaClient;
  beforeAll(async () => {
    board = await Board.create(way, 2);
    ({ prisma } = board);
  });
  beforeEach(() => board.reset('first', 'second'));
  afterAll(() => board.close());

  const tenant = (id: string) => createContext({ tenantId: parseTenantId(id) });

  it('is refused with members of several tenants, with steps or without', async () => {
    for (const more of [{}, AFTER]) {
      board.crossOut(more);
      const ofB = runWithContext(tenant('b'), () => prisma.note.count());
      const mixed = as('a', () => prisma.$transaction([prisma.note.delete({ where }), ofB]));
      await expect(mixed).rejects.toBeInstanceOf(TenantSwitchInTransactionError);
      expect(await board.bodies()).toEqual(['first', 'second']);
    }
  });

  it('runs in the tenant its members were called for', async () => {
    board.crossOut(AFTER);
    const member = runWithContext(tenant('a'), () => prisma.note.delete({ where, select: { body: true } }));
    const run = async (): Promise<unknown> => prisma.$transaction([member]);
    // Without a pool of ours the transaction is begun before its members are known.
    const answer = way.transport === 'pipelined' ? run() : as('a', run);
    expect(await answer).toEqual([{ body: 'crossed out' }]);
    await expect(prisma.$transaction([prisma.note.delete({ where })])).rejects.toMatchObject({
      code: 'TENANT_CONTEXT_MISSING',
    });
  });

  it('runs each member with its own settings', async () => {
    const setting = () =>
      prisma.$queryRaw<{ value: string | null }[]>`SELECT current_setting('app.shown', true) AS value`;
    const contextOf = (value: string) => withSettings(tenant('a'), { 'app.shown': value });
    const members = ['one', 'two'].map((value) => runWithContext(contextOf(value), setting));
    const answers = await as('a', () => prisma.$transaction([...members, setting()]));
    expect(answers.map(([row]) => row?.value ?? '')).toEqual(['one', 'two', '']);
  });

  it('is a savepoint of the ambient transaction', async () => {
    board.crossOut(AFTER);
    const host = TransactionHost.of(prisma);
    await as('a', () =>
      host.run(async () => {
        const failing = prisma.$transaction([
          prisma.note.delete({ where }),
          prisma.note.create({ data: { body: 'second' } }),
        ]);
        await expect(failing).rejects.toMatchObject({ code: 'P2002' });
        await prisma.$transaction([prisma.note.delete({ where: { id: 2 } }), prisma.note.count()]);
      }),
    );
    expect(await board.bodies()).toEqual(['first', 'crossed out', 'after']);
  });
});
