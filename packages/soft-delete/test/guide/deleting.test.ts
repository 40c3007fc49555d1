import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createPrismaSoftDeleteExtension } from '../../src';
import { type Guide, openGuide, seedUser } from './guide-fixture';

let guide: Guide;
beforeAll(async () => {
  guide = await openGuide();
});
beforeEach(() => guide.fixture.clear());
afterAll(() => guide.fixture.close());

it('a deletion takes everything that hangs on the row, with the same marks', async () => {
  const { prisma, fixture } = guide;
  const id = await seedUser(prisma);
  // #region delete
  const { deletedAt, deletionId } = await prisma.user.delete({ where: { id } });
  // #endregion delete
  const marks = await fixture.asAdmin<{ table: string; count: string }>(
    `SELECT t AS table, count(*)::int AS count FROM (
       SELECT 'posts' AS t, deleted_at, deletion_id FROM posts UNION ALL
       SELECT 'comments', deleted_at, deletion_id FROM comments) AS marks
     WHERE deletion_id = $1 AND deleted_at = $2::timestamptz AT TIME ZONE 'UTC' GROUP BY 1 ORDER BY 1`,
    [deletionId, deletedAt],
  );
  expect(marks).toEqual([
    { table: 'comments', count: 4 },
    { table: 'posts', count: 2 },
  ]);
});

it('a second deletion finds nothing, and a rolled back one deleted nothing', async () => {
  const { prisma } = guide;
  const id = await seedUser(prisma);
  // #region once
  const undone = prisma.$transaction(async (tx) => {
    await tx.user.delete({ where: { id } });
    throw new Error('on second thought');
  });
  await expect(undone).rejects.toThrow('on second thought');
  expect(await prisma.post.count({ where: { authorId: id } })).toBe(2);

  await prisma.user.delete({ where: { id } });
  await expect(prisma.user.delete({ where: { id } })).rejects.toMatchObject({ code: 'P2025' });
  // #endregion once
});

it('an upsert takes a deleted row for gone, brings it back, or refuses', async () => {
  const { fixture } = guide;
  const upserted = async (deletedUpsert: 'create' | 'revive' | 'error'): Promise<unknown> => {
    await fixture.clear();
    const prisma = fixture.bareClient();
    createPrismaSoftDeleteExtension({ softDeleteModels: ['User'], deletedUpsert })(prisma);
    const { id } = await prisma.user.create({ data: { email: 'ada@example.com' } });
    await prisma.user.delete({ where: { id } });
    const data = { email: 'ada@example.com', name: 'Ada' };
    const result = prisma.user.upsert({ where: { id }, create: { ...data, email: 'new@example.com' }, update: data });
    return result.then(
      (user) => (user.id === id ? 'revived' : 'created'),
      (error: { code: string }) => error.code,
    );
  };
  expect(await upserted('create')).toBe('created');
  expect(await upserted('revive')).toBe('revived');
  expect(await upserted('error')).toBe('SOFT_DELETE_RECORD_DELETED');
});
