import { TransactionHost } from '../../src';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Prisma } from '../fixture/generated/client';
import { as, ATTACHED, Board, WAYS } from './fixture/board';

const where = { id: 1 };
const isPrisma7 = Prisma.prismaVersion.client.startsWith('7.');

describe.each(WAYS)('an operation that is replaced ($transport, $order)', (way) => {
  let board: Board;
  beforeAll(async () => {
    board = await Board.create(way, 1);
  });
  beforeEach(async () => {
    await board.reset('first', 'second');
    board.crossOut();
  });
  afterAll(() => board.close());

  it('runs instead of the one that was called, in as many round trips', async () => {
    const first = await as('a', () => board.prisma.note.findUnique({ where }));
    const expected = await board.roundTrips(() => as('a', () => board.prisma.note.findUnique({ where })));
    let answer: unknown;
    const taken = await board.roundTrips(async () => {
      answer = await as('a', () => board.prisma.note.delete({ where }));
    });
    expect(answer).toEqual({ ...first, body: 'crossed out' });
    expect(await board.bodies()).toEqual(['crossed out', 'second']);
    expect(taken).toBe(expected);
  });

  it('answers what was selected', async () => {
    const answer = await as('a', () => board.prisma.note.delete({ where, select: { id: true } }));
    expect(answer).toEqual({ id: 1 });
  });

  it('answers what the fluent API asks for', async () => {
    await board.admin.query('UPDATE notes SET parent_id = 2 WHERE id = 1');
    const seen: unknown[] = [];
    board.plan('delete', ({ args, path }) => {
      seen.push(path);
      return { action: 'update', args: { ...(args as object), data: { body: 'crossed out' } } };
    });
    const parent = await as('a', () => board.prisma.note.delete({ where }).parent({ select: { body: true } }));
    expect(parent).toEqual({ body: 'second' });
    expect(await as('a', () => board.prisma.note.delete({ where }).parent().replies())).toMatchObject([{ id: 1 }]);
    expect(seen).toEqual([['parent'], ['parent', 'replies']]);
  });

  it('runs in the transaction of the caller', async () => {
    const undone = as('a', () =>
      board.prisma.$transaction(async (tx) => {
        expect(await tx.note.delete({ where })).toMatchObject({ body: 'crossed out' });
        throw new Error('undone');
      }),
    );
    await expect(undone).rejects.toThrow('undone');
    expect(await board.bodies()).toEqual(['first', 'second']);
    await as('a', () => board.prisma.$transaction((tx) => tx.note.delete({ where })));
    expect(await board.bodies()).toEqual(['crossed out', 'second']);
  });

  it('runs in an array transaction, which stays one', async () => {
    const { prisma } = board;
    const [count, crossedOut] = await as('a', () =>
      prisma.$transaction([prisma.note.count(), prisma.note.delete({ where })]),
    );
    expect([count, crossedOut]).toMatchObject([2, { body: 'crossed out' }]);
    const undone = as('a', () =>
      prisma.$transaction([
        prisma.note.delete({ where: { id: 2 } }),
        prisma.note.create({ data: { id: 1, body: 'x', tenantId: 'a' } }),
      ]),
    );
    await expect(undone).rejects.toMatchObject({ code: 'P2002' });
    expect(await board.bodies()).toEqual(['crossed out', 'second']);
  });

  it('fails as the one that was called: by its name, and not found as P2025', async () => {
    const missing = as('a', () => board.prisma.note.delete({ where: { id: 77 } }));
    await expect(missing).rejects.toMatchObject({ code: 'P2025' });
    // Prisma 6 looks for the call in the code it finds at the caller's place, which is not there where tests are compiled.
    if (isPrisma7) await expect(missing).rejects.toThrow('note.delete()');
  });
});

describe.each(ATTACHED)('an operation that is replaced in an ambient transaction ($transport, $order)', (way) => {
  let board: Board;
  beforeAll(async () => {
    board = await Board.create(way, 1);
  });
  beforeEach(async () => {
    await board.reset('first', 'second');
    board.crossOut();
  });
  afterAll(() => board.close());

  it('is part of it', async () => {
    const host = TransactionHost.of(board.prisma);
    const undone = as('a', () =>
      host.run(async () => {
        await board.prisma.note.delete({ where });
        throw new Error('undone');
      }),
    );
    await expect(undone).rejects.toThrow('undone');
    expect(await board.bodies()).toEqual(['first', 'second']);
    await as('a', () => host.run(() => board.prisma.note.delete({ where })));
    expect(await board.bodies()).toEqual(['crossed out', 'second']);
  });
});
