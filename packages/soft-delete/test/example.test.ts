import { forEachPlatform, serveOn } from '@nestarc/testing';
import { Controller, Delete, Get, Param, Post } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SoftDeleteFixture } from './fixture/fixture';
import { PrismaClient } from './fixture/generated/client';
// #region example
import { Injectable, Module } from '@nestjs/common';
import { createPrismaSoftDeleteExtension, SoftDeleteModule, SoftDeleteService } from '@nestarc/soft-delete';

@Injectable()
export class PrismaService {
  readonly client = new PrismaClient({
    adapter: new PrismaPg({ connectionString: process.env['DATABASE_URL'] }),
  }).$extends(
    createPrismaSoftDeleteExtension({ softDeleteModels: ['User', 'Post'], cascade: { User: ['Post.author'] } }),
  );
}

@Injectable()
export class UsersService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly softDelete: SoftDeleteService,
  ) {}

  /** Neither deleted users, nor deleted posts of the others. */
  findAll() {
    return this.prisma.client.user.findMany({ select: { email: true, posts: { select: { title: true } } } });
  }

  /** Takes the user's posts along. All rows stay in their tables, with when, by whom and by which deletion. */
  remove(id: number) {
    return this.prisma.client.user.delete({ where: { id }, select: { id: true } });
  }

  /** Brings back the user and the posts that were deleted with the user, and no others. */
  restore(id: number) {
    return this.softDelete.restore('User', { id });
  }
}
// #endregion example

@Controller('users')
class UsersController {
  constructor(private readonly users: UsersService) {}

  @Get()
  findAll() {
    return this.users.findAll();
  }

  @Delete(':id')
  remove(@Param('id') id: string) {
    return this.users.remove(Number(id));
  }

  @Post(':id/restore')
  async restore(@Param('id') id: string): Promise<void> {
    await this.users.restore(Number(id));
  }
}

// #region module
@Module({
  imports: [SoftDeleteModule.forRoot({ prismaServiceToken: PrismaService })],
  controllers: [UsersController],
  providers: [PrismaService, UsersService],
})
export class AppModule {}
// #endregion module

describe('the example', () => {
  let fixture: SoftDeleteFixture;
  beforeAll(async () => {
    fixture = await SoftDeleteFixture.create({ tenancy: false });
    process.env['DATABASE_URL'] = fixture.database.appUrl;
  });
  afterAll(async () => {
    delete process.env['DATABASE_URL'];
    await fixture.close();
  });

  forEachPlatform(
    (platform) => {
      it('deletes a user with posts, hides and restores them', async () => {
        await fixture.clear();
        const app = await serveOn(platform, AppModule);
        const { client } = app.app.get(PrismaService);
        const posts = { create: [{ title: 'one' }, { title: 'two' }] };
        const { id } = await client.user.create({ data: { email: 'ada@example.com', posts } });
        const list = async (): Promise<unknown> => (await fetch(`${app.url}/users`)).json();
        const all = [{ email: 'ada@example.com', posts: [{ title: 'one' }, { title: 'two' }] }];
        expect(await list()).toEqual(all);
        const removed = await fetch(`${app.url}/users/${id}`, { method: 'DELETE' });
        expect(await removed.json()).toEqual({ id });
        expect(await list()).toEqual([]);
        expect(await client.post.count()).toBe(0);
        expect(await fixture.asAdmin('SELECT 1 FROM posts')).toHaveLength(2);
        expect((await fetch(`${app.url}/users/${id}/restore`, { method: 'POST' })).status).toBe(201);
        expect(await list()).toEqual(all);
        // A row that is there cannot be restored: the answer says so.
        const again = await fetch(`${app.url}/users/${id}/restore`, { method: 'POST' });
        expect([again.status, await again.json()]).toMatchObject([409, { code: 'SOFT_DELETE_RECORD_NOT_DELETED' }]);
        await client.$disconnect();
        await app.close();
      });
    },
    { describe },
  );
});
