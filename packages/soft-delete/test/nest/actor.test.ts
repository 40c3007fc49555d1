import { PLATFORMS, type ServedApp } from '@nestarc/testing';
import { Controller, Delete, Get, Param, Req } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ActorExtractor, createPrismaSoftDeleteExtension, SoftDeleteContext } from '../../src';
import { SoftDeleteFixture } from '../fixture/fixture';
import type { PrismaClient } from '../fixture/generated/client';
import { ask, atTheGuard, serve, softDeleteApp } from './http-app';

let fixture: SoftDeleteFixture;
let prisma: PrismaClient;
beforeAll(async () => {
  fixture = await SoftDeleteFixture.create({ tenancy: false });
  prisma = fixture.bareClient();
  createPrismaSoftDeleteExtension({ softDeleteModels: ['User'] })(prisma);
  atTheGuard.look = () => undefined;
});
beforeEach(() => fixture.clear());
afterAll(() => fixture.close());

@Controller('users')
class UsersController {
  @Delete(':id')
  remove(@Param('id') id: string): unknown {
    return prisma.user.delete({ where: { id: Number(id) }, select: { deletedBy: true } });
  }

  @Delete(':id/by/:actorId')
  removeAs(@Param('id') id: string, @Param('actorId') actorId: string): unknown {
    const store = { filterMode: 'default', skipSoftDelete: false, actorId } as const;
    return SoftDeleteContext.run(store, () => prisma.user.delete({ where: { id: Number(id) } }));
  }

  /** Finds out who asks by itself. */
  @Delete(':id/late')
  removeLate(@Param('id') id: string, @Req() request: { user?: unknown }): unknown {
    request.user = { id: 'found-late' };
    return prisma.user.delete({ where: { id: Number(id) } });
  }

  @Get()
  findAll(): unknown {
    return prisma.user.findMany();
  }
}

const byId: ActorExtractor = ({ user }) => user?.id ?? null;

describe.each(PLATFORMS)('on %s', (platform) => {
  const deletedBy = async (
    headers: Record<string, string>,
    actorExtractor?: ActorExtractor,
    path = '',
  ): Promise<unknown> => {
    const { id } = await prisma.user.create({ data: { email: 'a@example.com' } });
    const options = actorExtractor === undefined ? {} : { actorExtractor };
    const app: ServedApp = await serve(platform, softDeleteApp(prisma, { controllers: [UsersController] }, options));
    const answer = await ask(app, `/users/${id}${path}`, headers, 'DELETE');
    await app.close();
    const rows = await fixture.asAdmin<{ deleted_by: string | null; is_deleted: boolean }>(
      'SELECT deleted_by, deleted_at IS NOT NULL AS is_deleted FROM users',
    );
    return rows[0]?.is_deleted === true ? rows[0].deleted_by : answer;
  };

  it('the actor that a guard put into the context has deleted', async () => {
    expect(await deletedBy({ 'x-actor': 'u-1' })).toBe('u-1');
  });

  it('the extractor is asked behind the guards, and comes before the context', async () => {
    expect(await deletedBy({ 'x-user': '{"id":"u-2"}' }, byId)).toBe('u-2');
    await fixture.clear();
    expect(await deletedBy({ 'x-user': '{"id":"u-2"}', 'x-actor': 'u-1' }, byId)).toBe('u-2');
  });

  it('the actor of the context counts where the extractor knows nobody', async () => {
    expect(await deletedBy({ 'x-actor': 'u-1' }, byId)).toBe('u-1');
    await fixture.clear();
    expect(await deletedBy({}, byId)).toBeNull();
  });

  it('whom the code names comes before both', async () => {
    expect(await deletedBy({ 'x-actor': 'u-1', 'x-user': '{"id":"u-2"}' }, byId, '/by/u-3')).toBe('u-3');
  });

  it('an extractor that gives no text refuses the deletion', async () => {
    const numeric = (({ user }) => user?.id) as ActorExtractor;
    const answer = await deletedBy({ 'x-user': '{"id":7}' }, numeric);
    expect(answer).toMatchObject({ statusCode: 500, code: 'SOFT_DELETE_ACTOR_INVALID' });
  });

  it('the extractor is asked when something is deleted, also about what was found out late', async () => {
    expect(await deletedBy({ 'x-user': '{"id":"early"}' }, byId, '/late')).toBe('found-late');
  });

  it('the extractor is not asked by requests that delete nothing', async () => {
    const asked: unknown[] = [];
    const actorExtractor: ActorExtractor = (request) => {
      asked.push(request);
      return null;
    };
    const app = await serve(platform, softDeleteApp(prisma, { controllers: [UsersController] }, { actorExtractor }));
    expect(await ask(app, '/users')).toEqual([]);
    expect(asked).toEqual([]);
    await app.close();
  });
});
