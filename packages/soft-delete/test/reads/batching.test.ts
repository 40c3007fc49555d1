import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
