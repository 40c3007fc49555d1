import { afterAll, beforeAll, expect, it } from 'vitest';
import { withDeleted } from '../../src';
import { type Guide, openGuide, seedUser } from './guide-fixture';
import { openService } from './guide-service';
// #region purge
import { SoftDeleteService } from '@nestarc/soft-delete';

const DAY_MS = 24 * 60 * 60 * 1000;

/** A nightly job: what was deleted a month ago goes for good, except for posts that somebody wants kept. */
export const emptyTrash = (softDelete: SoftDeleteService, signal?: AbortSignal) =>
  softDelete.purge(['User', 'Post', 'Comment'], {
    olderThan: new Date(Date.now() - 30 * DAY_MS),
    hold: { Post: { title: { startsWith: 'Contract' } } },
    batchSize: 500,
    ...(signal === undefined ? {} : { signal }),
  });
// #endregion purge

let guide: Guide;
let softDelete: SoftDeleteService;
let close: () => Promise<void>;
beforeAll(async () => {
  guide = await openGuide();
  ({ softDelete, close } = await openService(guide.prisma));
});
afterAll(async () => {
  await close();
  await guide.fixture.close();
});

it('the job removes what is old enough, with its children, and keeps what is on hold', async () => {
  const { prisma, fixture } = guide;
  const old = await seedUser(prisma, 'old@example.com');
  const kept = await seedUser(prisma, 'kept@example.com');
  const recent = await seedUser(prisma, 'recent@example.com');
  await prisma.post.updateMany({ where: { authorId: kept, title: 'one' }, data: { title: 'Contract of 2020' } });
  await prisma.user.deleteMany({ where: { id: { in: [old, kept] } } });
  for (const table of ['users', 'posts', 'comments']) {
    await fixture.asAdmin(`UPDATE ${table} SET deleted_at = deleted_at - interval '31 days'`);
  }
  await prisma.user.delete({ where: { id: recent } });
  await emptyTrash(softDelete);
  const all = withDeleted(prisma);
  const emails = (await all.user.findMany({ select: { email: true } })).map(({ email }) => email);
  expect(emails.sort()).toEqual(['kept@example.com', 'recent@example.com']);
  const posts = await all.post.findMany({ where: { authorId: { not: recent } }, select: { title: true } });
  expect(posts).toEqual([{ title: 'Contract of 2020' }]);
});

it('without an instant, nothing is removed', async () => {
  await expect(softDelete.purge('User', {} as never)).rejects.toThrow('olderThan');
});
