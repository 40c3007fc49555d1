import { forEachPlatform, serveOn } from '@nestarc/testing';
import { Controller, Get, Inject, Module } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SoftDeleteModule } from '../../src';
import type { PrismaClient } from '../fixture/generated/client';
import { type Guide, openGuide, seedUser } from './guide-fixture';
// #region queries
import { onlyDeleted, withDeleted } from '@nestarc/soft-delete';

/** What is in the trash, the latest first. */
export const trash = (prisma: PrismaClient) => onlyDeleted(prisma.post).findMany({ orderBy: { deletedAt: 'desc' } });

/** All posts, with comments that are deleted as well. The client has a view, too, of which all models are seen so. */
export const everything = (prisma: PrismaClient) =>
  withDeleted(prisma.post, 'Post', 'Comment').findMany({ include: { comments: true } });

/** Whoever asks for the field by name means it: nothing is added. */
export const deletedSince = (prisma: PrismaClient, since: Date) =>
  prisma.post.findMany({ where: { deletedAt: { gte: since } } });
// #endregion queries
// #region handlers
import { OnlyDeleted, WithDeletedRelations } from '@nestarc/soft-delete';

@Controller('posts')
export class PostsController {
  constructor(@Inject('PRISMA') private readonly prisma: PrismaClient) {}

  /** The trash of posts. Users, whom the handler may look up as well, are the active ones. */
  @OnlyDeleted('Post')
  @Get('trash')
  trash() {
    return this.prisma.post.findMany({ select: { title: true } });
  }

  /** Comments of authors who have left still say who wrote them. */
  @WithDeletedRelations('author')
  @Get('comments')
  comments() {
    return this.prisma.comment.findMany({ select: { text: true, author: { select: { email: true } } } });
  }
}
// #endregion handlers

let guide: Guide;
beforeAll(async () => {
  guide = await openGuide();
});
beforeEach(() => guide.fixture.clear());
afterAll(() => guide.fixture.close());

it('a query says which rows it wants to see', async () => {
  const { prisma } = guide;
  await seedUser(prisma);
  const before = new Date(Date.now() - 60_000);
  await prisma.post.deleteMany({ where: { title: 'one' } });
  expect((await trash(prisma)).map(({ title }) => title)).toEqual(['one']);
  expect((await everything(prisma)).map(({ title, comments }) => `${title}: ${comments.length}`).sort()).toEqual([
    'one: 2',
    'two: 2',
  ]);
  expect((await deletedSince(prisma, before)).map(({ title }) => title)).toEqual(['one']);
  expect((await prisma.post.findMany()).map(({ title }) => title)).toEqual(['two']);
});

describe('handlers', () => {
  forEachPlatform(
    (platform) => {
      it('say which rows they want to see', async () => {
        const { prisma } = guide;
        const id = await seedUser(prisma);
        await prisma.comment.updateMany({ where: { post: { title: 'two' } }, data: { authorId: id } });
        await prisma.post.deleteMany({ where: { title: 'one' } });
        await guide.fixture.asAdmin('UPDATE users SET deleted_at = now()');
        @Module({ providers: [{ provide: 'PRISMA', useFactory: () => prisma }], exports: ['PRISMA'] })
        class PrismaModule {}
        @Module({
          imports: [PrismaModule, SoftDeleteModule.forRoot({ prismaServiceToken: 'PRISMA' })],
          controllers: [PostsController],
        })
        class AppModule {}
        const app = await serveOn(platform, AppModule);
        const get = async (path: string): Promise<unknown> => (await fetch(`${app.url}${path}`)).json();
        expect(await get('/posts/trash')).toEqual([{ title: 'one' }]);
        const author = { email: 'ada@example.com' };
        expect(await get('/posts/comments')).toEqual([
          { text: 'first', author },
          { text: 'second', author },
        ]);
        expect(await prisma.comment.findFirst({ select: { author: true } })).toEqual({ author: null });
        await app.close();
      });
    },
    { describe },
  );
});
