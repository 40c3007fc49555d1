import { afterAll, beforeAll, expect, it } from 'vitest';
import { WriteWorld } from './write-world';

let world: WriteWorld;
beforeAll(async () => {
  world = await WriteWorld.create({ tenancy: true, max: 2 });
  await world.fixture.asAdmin(`DROP INDEX profiles_user_id_key; DROP INDEX users_tenant_id_email_key;
    CREATE UNIQUE INDEX ON profiles (user_id) WHERE deleted_at IS NULL;
    CREATE UNIQUE INDEX ON users (tenant_id, email) WHERE deleted_at IS NULL`);
});
afterAll(() => world.close());

it('what is written through a relation does not come upon rows of a deleted namesake', async () => {
  const { prisma } = world;
  const create = (bio: string) => ({ email: 'a@x', profile: { create: { bio } }, posts: { create: { title: bio } } });
  await world.as(() => prisma.user.create({ data: create('1') }));
  // Without a cascade, profile and post stay active.
  await world.as(() => prisma.user.delete({ where: { id: 1 } }));
  await world.as(() => prisma.user.create({ data: create('2') }));
  await world.as(() => prisma.profile.delete({ where: { userId: 2 } }));
  const where = { tenantId_email: { tenantId: 'a', email: 'a@x' } };
  await world.as(() => prisma.user.update({ where, data: { profile: { create: { bio: '3' } } } }));
  const touch = { updateMany: { where: {}, data: { score: 1 } }, create: { title: 'new' }, deleteMany: {} };
  await world.as(() => prisma.user.update({ where, data: { posts: touch } }));
  expect((await world.rows('profiles')).map((row) => [row['bio'], row['deleted_at'] === null])).toEqual([
    ['1', true],
    ['2', false],
    ['3', true],
  ]);
  expect((await world.rows('posts')).map((row) => [row['title'], row['score'], row['deleted_at'] === null])).toEqual([
    ['1', 0, true],
    ['2', 1, false],
    ['new', 0, false],
  ]);
});
