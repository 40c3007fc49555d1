import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { SoftDeleteService } from '../../src';
import { type Guide, openGuide, seedUser } from './guide-fixture';
import { openService } from './guide-service';

let guide: Guide;
let softDelete: SoftDeleteService;
let close: () => Promise<void>;
beforeAll(async () => {
  guide = await openGuide();
  ({ softDelete, close } = await openService(guide.prisma));
});
beforeEach(() => guide.fixture.clear());
afterAll(async () => {
  await close();
  await guide.fixture.close();
});

it('brings back what one deletion took, and nothing else', async () => {
  const { prisma } = guide;
  const id = await seedUser(prisma);
  // #region restore
  // The user empties the trash of her own posts, and closes her account later.
  await prisma.post.deleteMany({ where: { authorId: id, title: 'one' } });
  await prisma.user.delete({ where: { id } });

  await softDelete.restore('User', { id });
  expect(await prisma.post.findMany({ where: { authorId: id }, select: { title: true } })).toEqual([{ title: 'two' }]);
  // #endregion restore
  await expect(softDelete.restore('User', { id })).rejects.toMatchObject({ code: 'SOFT_DELETE_RECORD_NOT_DELETED' });
  await expect(softDelete.restore('User', { id: 404 })).rejects.toMatchObject({ code: 'SOFT_DELETE_RECORD_NOT_FOUND' });
});

it('changes nothing where it cannot bring everything back', async () => {
  const { prisma } = guide;
  const id = await seedUser(prisma);
  const { id: postId } = await prisma.post.findFirstOrThrow();
  await prisma.user.delete({ where: { id } });
  await expect(softDelete.restore('Post', { id: postId })).rejects.toMatchObject({
    code: 'SOFT_DELETE_PARENT_DELETED',
  });
  expect(await prisma.post.count()).toBe(0);
});
