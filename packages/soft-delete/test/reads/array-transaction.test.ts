import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withDeleted } from '../../src/visibility/with-deleted';
import { ids, ReadingWorld } from './reading-world';

describe.each(['client', 'database'] as const)('An array transaction outside of any request (%s)', (enforcement) => {
  let world: ReadingWorld;
  beforeAll(async () => {
    world = await ReadingWorld.create({ enforcement });
  });
  afterAll(() => world.close());

  it('sees deleted rows where they are asked for, and there only', async () => {
    const { prisma } = world;
    const [all, active] = await prisma.$transaction([withDeleted(prisma.post).findMany(), prisma.post.findMany()]);
    expect([ids(all), ids(active)]).toEqual([
      [1, 2, 3, 4],
      [1, 3, 4],
    ]);
  });

  it.each(['first', 'last'])('deletes, whether that comes %s or not', async (place) => {
    const { prisma } = world;
    const { id } = await prisma.tag.create({ data: { id: place === 'first' ? 10 : 11, label: place } });
    const remove = prisma.tag.deleteMany({ where: { id } });
    const count = prisma.tag.count();
    const [one, other] = await (place === 'first'
      ? prisma.$transaction([remove, count])
      : prisma.$transaction([count, remove]));
    expect([one, other]).toEqual(place === 'first' ? [{ count: 1 }, 1] : [2, { count: 1 }]);
  });
});
