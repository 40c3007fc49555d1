import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TransactionHost, transactionClient } from '../../src';
import { as, ATTACHED, Board, type PrismaClient, WAYS } from './fixture/board';

describe.each(WAYS)('transactionClient ($transport, $order)', (way) => {
  let board: Board;
  let prisma: PrismaClient;
  beforeAll(async () => {
    board = await Board.create(way, 2);
    ({ prisma } = board);
    transactionClient(prisma);
  });
  afterAll(() => board.close());

  it('is what the callback was given, as long as it runs, and only there', async () => {
    let late: Promise<unknown> = Promise.resolve();
    expect(transactionClient(prisma)).toBeUndefined();
    await as('a', () =>
      prisma.$transaction(async (tx) => {
        expect(transactionClient(prisma.$extends({}))).toBe(tx);
        late = new Promise((resolve) => setTimeout(resolve, 30)).then(() => transactionClient(prisma));
        await Promise.resolve();
      }),
    );
    expect(await late).toBeUndefined();
  });

  it('is none where a host decides', async () => {
    if (!ATTACHED.includes(way)) return;
    const host = TransactionHost.of(prisma);
    await as('a', () => host.run(() => expect(transactionClient(prisma)).toBeUndefined()));
    await as('a', () =>
      host.run(() => host.run('NOT_SUPPORTED', () => expect(transactionClient(prisma)).toBeUndefined())),
    );
  });
});
