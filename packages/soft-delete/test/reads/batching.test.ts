import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { softDeleteSql } from '../../src/sql/soft-delete-sql';
import { ReadingWorld } from './reading-world';

describe.each(['client', 'database'] as const)('findUnique calls of one tick (%s)', (enforcement) => {
  let world: ReadingWorld;
  beforeAll(async () => {
    world = await ReadingWorld.create({ enforcement });
    // Connects, and lets checks pass that run once.
    await world.prisma.user.count();
  });
  afterAll(() => world.close());

  it('are one statement, and find no deleted rows', async () => {
    const { prisma, statements } = world;
    statements.length = 0;
    const found = await Promise.all([1, 2, 3, 4, 5].map((id) => prisma.post.findUnique({ where: { id } })));
    expect(found.map((post) => post?.id)).toEqual([1, undefined, 3, 4, undefined]);
    expect(statements).toHaveLength(1);
    expect(statements[0]).toContain(' IN (');
  });

  it('are one statement by keys of several fields, and find no deleted rows', async () => {
    const { prisma, statements } = world;
    statements.length = 0;
    const key = (number: number) => ({ region_number: { region: 'north', number } });
    const found = await Promise.all([1, 2].map((number) => prisma.order.findUnique({ where: key(number) })));
    expect(found.map((order) => order?.number)).toEqual([1, undefined]);
    expect(statements).toHaveLength(1);
  });

  it('find the active row by a key that deleted ones share with it', async () => {
    const { fixture, prisma } = world;
    await fixture.asAdmin(softDeleteSql(prisma, { columns: false, guards: false, policies: false }));
    await fixture.asAdmin(`INSERT INTO users (id, email, name, account_id) VALUES (12, 'bob@x', 'bob again', 1)`);
    try {
      const { tenantId } = await prisma.user.findFirstOrThrow();
      const named = (email: string) =>
        prisma.user.findUnique({ where: { tenantId_email: { tenantId, email } }, select: { id: true } });
      expect(await Promise.all(['ann@x', 'bob@x'].map(named))).toEqual([{ id: 1 }, { id: 12 }]);
    } finally {
      await fixture.asAdmin('DELETE FROM users WHERE id = 12');
    }
  });

  it('leave out what was selected to tell deleted rows by', async () => {
    const select = { title: true, comments: { select: { id: true } } };
    const found = await Promise.all([1, 2].map((id) => world.prisma.post.findUnique({ where: { id }, select })));
    expect(found).toEqual([{ title: 'one', comments: [{ id: 1 }] }, null]);
    expect(await world.prisma.post.findUnique({ where: { id: 2, deletedAt: { not: null } } })).toMatchObject({ id: 2 });
  });

  it('are one statement for each model with what they include', async () => {
    const { prisma, statements } = world;
    statements.length = 0;
    const include = { author: true, comments: true };
    const found = await Promise.all([1, 3].map((id) => prisma.post.findUnique({ where: { id }, include })));
    expect(found.map((post) => [post?.author?.name, post?.comments.length])).toEqual([
      ['ann', 1],
      [undefined, 1],
    ]);
    expect(statements).toHaveLength(3);
  });

  it('are one statement for each model in chains of calls', async () => {
    const { prisma, statements } = world;
    statements.length = 0;
    const authors = await Promise.all([1, 2, 3].map((id) => prisma.post.findUnique({ where: { id } }).author()));
    expect(authors.map((author) => author?.name)).toEqual(['ann', undefined, undefined]);
    expect(statements).toHaveLength(2);
  });
});
