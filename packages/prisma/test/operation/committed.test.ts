import { currentContext, withSettings } from '@nestarc/core';
import { sql } from '@nestarc/postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { afterCommit, TransactionHost } from '../../src';
import { Prisma } from '../fixture/generated/client';
import { as, ATTACHED, Board, note, type PrismaClient, WAYS } from './fixture/board';

const isPrisma7 = Prisma.prismaVersion.client.startsWith('7.');
const where = { id: 1 };

/** Collects what hooks were told, and what they saw in the database at that moment. */
class Told {
  readonly bodies: string[] = [];
  readonly warnings: Error[] = [];
  readonly #warn = (warning: Error): void => void this.warnings.push(warning);

  constructor() {
    process.on('warning', this.#warn);
  }

  stop(): void {
    process.off('warning', this.#warn);
  }
}

let told: Told;
beforeEach(() => {
  told = new Told();
});
afterEach(() => told.stop());

/** Has creations and deletions tell of what they wrote. */
function announce(board: Board): void {
  board.planner = ({ action }) =>
    action === 'create' || action === 'delete'
      ? { committed: (result) => void told.bodies.push((result as { body: string }).body) }
      : undefined;
}

describe.each(WAYS)('what waits for COMMIT ($transport, $order)', (way) => {
  let board: Board;
  let prisma: PrismaClient;
  beforeAll(async () => {
    board = await Board.create(way, 2);
    ({ prisma } = board);
  });
  beforeEach(async () => {
    await board.reset('first', 'second');
    announce(board);
  });
  afterAll(() => board.close());

  const create = (body: string, client: Pick<PrismaClient, 'note'> = prisma) =>
    client.note.create({ data: note(body) });
  /** Passes each statement's check, and fails COMMIT. */
  const createOrphan = (client: Pick<PrismaClient, 'note'> = prisma) =>
    client.note.create({ data: { ...note('orphan'), parentId: 77 } });

  it('runs when the operation has succeeded, where there is no transaction', async () => {
    await as('a', () => create('x'));
    expect(told.bodies).toEqual(['x']);
    await expect(as('a', () => create('x'))).rejects.toMatchObject({ code: 'P2002' });
    await expect(as('a', () => createOrphan())).rejects.toBeDefined();
    expect(told.bodies).toEqual(['x']);
  });

  it('runs when the transaction of the operation’s steps is committed', async () => {
    const seen: Promise<string[]>[] = [];
    board.crossOut({ after: async () => undefined, committed: () => void seen.push(board.bodies()) });
    await as('a', () => prisma.note.delete({ where }));
    expect(await Promise.all(seen)).toEqual([['crossed out', 'second']]);
  });

  it('runs when an array is committed, in order, and not when it is rolled back', async () => {
    await as('a', () => prisma.$transaction([create('x'), prisma.note.count(), create('y')]));
    expect(told.bodies).toEqual(['x', 'y']);
    await expect(as('a', () => prisma.$transaction([create('z'), create('x')]))).rejects.toBeDefined();
    await expect(as('a', () => prisma.$transaction([create('z'), createOrphan()]))).rejects.toBeDefined();
    expect(told.bodies).toEqual(['x', 'y']);
  });

  it('runs when an array with steps is committed, and not when it is rolled back', async () => {
    board.planner = () => ({
      before: async () => undefined,
      committed: (result) => void told.bodies.push((result as { body: string }).body),
    });
    await as('a', () => prisma.$transaction([create('x'), create('y')]));
    expect(told.bodies).toEqual(['x', 'y']);
    await expect(as('a', () => prisma.$transaction([create('z'), create('x')]))).rejects.toBeDefined();
    await expect(as('a', () => prisma.$transaction([create('z'), createOrphan()]))).rejects.toBeDefined();
    expect(told.bodies).toEqual(['x', 'y']);
  });

  it('runs when the caller’s transaction is committed, and not before', async () => {
    await as('a', () =>
      prisma.$transaction(async (tx) => {
        await create('x', tx);
        await create('y', tx);
        expect(told.bodies).toEqual([]);
      }),
    );
    expect(told.bodies).toEqual(['x', 'y']);
  });

  it('does not run when that is rolled back, nor when COMMIT fails', async () => {
    const undone = as('a', () =>
      prisma.$transaction(async (tx) => {
        await create('x', tx);
        throw new Error('undone');
      }),
    );
    await expect(undone).rejects.toThrow('undone');
    await expect(as('a', () => prisma.$transaction((tx) => createOrphan(tx)))).rejects.toBeDefined();
    expect(told.bodies).toEqual([]);
    expect(await board.bodies()).toEqual(['first', 'second']);
  });

  it('does not run when PostgreSQL aborted the transaction and the failure was caught', async () => {
    await as('a', () =>
      prisma.$transaction(async (tx) => {
        await create('x', tx);
        await create('second', tx).catch(() => undefined);
      }),
    ).catch(() => undefined);
    expect(told.bodies).toEqual([]);
    expect(await board.bodies()).toEqual(['first', 'second']);
  });

  it('runs when a failure was caught that aborted nothing', async () => {
    await as('a', () =>
      prisma.$transaction(async (tx) => {
        await create('x', tx);
        await expect(tx.note.delete({ where: { id: 77 } })).rejects.toMatchObject({ code: 'P2025' });
      }),
    );
    expect(told.bodies).toEqual(['x']);
  });

  it.each(isPrisma7 ? ['is dropped with'] : [])('%s a nested transaction that is rolled back', async () => {
    await as('a', () =>
      prisma.$transaction(async (tx) => {
        await create('x', tx);
        const nested = (tx as unknown as PrismaClient).$transaction(async (inner) => {
          await create('y', inner);
          throw new Error('undone');
        });
        await expect(nested).rejects.toThrow('undone');
        await (tx as unknown as PrismaClient).$transaction((inner) => create('z', inner));
        expect(told.bodies).toEqual([]);
      }),
    );
    expect(told.bodies).toEqual(['x', 'z']);
    expect(await board.bodies()).toEqual(['first', 'second', 'x', 'z']);
  });

  it.each(isPrisma7 ? ['waits for'] : [])('%s the outer transaction of an array with steps', async () => {
    board.crossOut({ before: async () => undefined, committed: () => void told.bodies.push('array') });
    const run = (fails: boolean): Promise<unknown> =>
      as('a', () =>
        prisma.$transaction(async (tx) => {
          const client = tx as unknown as PrismaClient;
          await client.$transaction([client.note.delete({ where }), client.note.count()]);
          expect(told.bodies).toEqual([]);
          if (fails) throw new Error('undone');
        }),
      );
    await expect(run(true)).rejects.toThrow('undone');
    expect(await board.bodies()).toEqual(['first', 'second']);
    await run(false);
    expect(told.bodies).toEqual(['array']);
    expect(await board.bodies()).toEqual(['crossed out', 'second']);
  });

  it('changes nothing for the caller when it fails, and is reported', async () => {
    board.planner = () => ({
      committed: () => {
        throw new Error('hook failed');
      },
    });
    await as('a', () => create('x'));
    await as('a', () => prisma.$transaction([create('y')]));
    await as('a', () => prisma.$transaction((tx) => create('z', tx)));
    await new Promise(setImmediate);
    expect(told.warnings.map(({ message }) => message)).toEqual(Array(3).fill(expect.stringContaining('hook failed')));
    expect(await board.bodies()).toEqual(['first', 'second', 'x', 'y', 'z']);
  });

  it('runs in the context of the call', async () => {
    const seen: unknown[] = [];
    board.planner = () => ({
      context: withSettings(currentContext(), { 'app.any': 'thing' }),
      committed: () => void seen.push([currentContext()?.tenantId, currentContext()?.settings]),
    });
    await as('a', () => create('x'));
    await as('a', () => prisma.$transaction((tx) => create('y', tx)));
    expect(seen).toEqual([
      ['a', undefined],
      ['a', undefined],
    ]);
  });

  it('may be added by hand: to the transaction that is running, to a given one, or to none', async () => {
    const hook = (name: string) => () => void told.bodies.push(name);
    board.planner = () => undefined;
    await as('a', () =>
      prisma.$transaction(async (tx) => {
        afterCommit(prisma, hook('running'));
        afterCommit(tx, hook('given'));
        await tx.note.count();
        expect(told.bodies).toEqual([]);
      }),
    );
    expect(told.bodies).toEqual(['running', 'given']);
    afterCommit(prisma, hook('none'));
    expect(told.bodies).toEqual(['running', 'given', 'none']);
    const undone = prisma.$transaction(async (tx) => {
      afterCommit(prisma, hook('undone'));
      afterCommit(tx, hook('undone'));
      throw new Error('undone');
    });
    await expect(as('a', () => undone)).rejects.toBeDefined();
    expect(told.bodies).not.toContain('undone');
  });
});

describe.each(ATTACHED)('what waits for COMMIT of an ambient transaction ($transport, $order)', (way) => {
  let board: Board;
  let prisma: PrismaClient;
  let host: TransactionHost;
  beforeAll(async () => {
    board = await Board.create(way, 2);
    ({ prisma } = board);
    host = TransactionHost.of(prisma);
  });
  beforeEach(async () => {
    await board.reset('first', 'second');
    announce(board);
  });
  afterAll(() => board.close());

  const create = (body: string): Promise<unknown> => prisma.note.create({ data: { body } });

  it('runs when that is committed, without what savepoints had that were rolled back', async () => {
    await as('a', () =>
      host.run(async () => {
        await create('x');
        await expect(
          host.run('NESTED', async () => {
            await create('y');
            throw new Error('undone');
          }),
        ).rejects.toThrow('undone');
        await host.run('NESTED', () => create('z'));
        await prisma.$transaction((tx) => tx.note.create({ data: { body: 'nested' } }));
        await prisma.$transaction([prisma.note.create({ data: { body: 'array' } })]);
        afterCommit(prisma, () => void told.bodies.push('by hand'));
        expect(told.bodies).toEqual([]);
      }),
    );
    expect(told.bodies).toEqual(['x', 'z', 'nested', 'array', 'by hand']);
  });

  it('does not run when that is rolled back, nor when COMMIT fails', async () => {
    const undone = as('a', () =>
      host.run(async () => {
        await create('x');
        throw new Error('undone');
      }),
    );
    await expect(undone).rejects.toThrow('undone');
    const failing = as('a', () => host.run(() => prisma.note.create({ data: { body: 'orphan', parentId: 77 } })));
    await expect(failing).rejects.toMatchObject({ code: 'COMMIT_CONSTRAINT_VIOLATED' });
    expect(told.bodies).toEqual([]);
  });

  it('runs once when the transaction had to be repeated', async () => {
    let attempts = 0;
    await as('a', () =>
      host.run(
        async () => {
          await prisma.note.count();
          attempts += 1;
          await create(`attempt ${attempts}`);
          if (attempts > 1) return;
          await board.admin.query(`UPDATE notes SET body = 'third' WHERE id = 1`);
          await prisma.$executeRaw(Prisma.sql`UPDATE notes SET body = 'fourth' WHERE id = 1`);
        },
        { isolationLevel: 'RepeatableRead', retries: 3 },
      ),
    );
    expect(attempts).toBe(2);
    expect(told.bodies).toEqual(['attempt 2']);
  });

  it('runs with the steps of an operation outside of it', async () => {
    board.crossOut({
      before: async (tx) => void (await tx.query(sql`SELECT 1`)),
      committed: () => void told.bodies.push(String(host.isActive())),
    });
    await as('a', () => host.run('NOT_SUPPORTED', () => prisma.note.delete({ where })));
    expect(told.bodies).toEqual(['false']);
  });
});
