import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SETTINGS } from '../fixture/fixture';
import { outcome, WriteWorld } from './write-world';

describe.each(SETTINGS.filter(({ max }) => max === 1))('a place that a deleted row takes, $name', (setting) => {
  let world: WriteWorld;
  beforeAll(async () => {
    world = await WriteWorld.create(setting);
    await world.fixture.asAdmin(`DROP INDEX profiles_user_id_key; DROP INDEX users_tenant_id_email_key;
    CREATE UNIQUE INDEX ON profiles (user_id) WHERE deleted_at IS NULL;
    CREATE UNIQUE INDEX ON users (tenant_id, email) WHERE deleted_at IS NULL`);
  });
  afterAll(() => world.close());
  beforeEach(() => world.clear());

  const create = (email: string) =>
    world.as(() => world.prisma.user.create({ data: { email, profile: { create: { bio: email } } } }));
  const profiles = async () =>
    (await world.rows('profiles')).map((row) => [row['user_id'], row['deleted_at'] === null]);

  it.each([
    { connect: { id: 2 } },
    { connect: { userId: 2 } },
    { connectOrCreate: { where: { id: 2 }, create: { bio: 'no' } } },
  ])('is given to an active one, and the deleted one stays where it was: %j', async (profile) => {
    await create('a@x');
    await create('b@x');
    await world.as(() => world.prisma.profile.delete({ where: { id: 1 } }));
    const updated = await world.as(() =>
      world.prisma.user.update({ where: { id: 1 }, data: { profile }, include: { profile: true } }),
    );
    expect(updated.profile).toMatchObject({ id: 2, bio: 'b@x' });
    expect(await profiles()).toEqual([
      [1, false],
      [1, true],
    ]);
  });

  it('is given to a new one, and the deleted one stays where it was', async () => {
    await create('a@x');
    await world.as(() => world.prisma.profile.delete({ where: { id: 1 } }));
    const profile = { connectOrCreate: { where: { id: 1 }, create: { bio: 'new' } } };
    await world.as(() => world.prisma.user.update({ where: { id: 1 }, data: { profile } }));
    expect(await profiles()).toEqual([
      [1, false],
      [1, true],
    ]);
  });

  it('is not given to a row that is not there', async () => {
    await create('a@x');
    await world.as(() => world.prisma.profile.delete({ where: { id: 1 } }));
    const connect = (id: number) =>
      world.as(() => world.prisma.user.update({ where: { id: 1 }, data: { profile: { connect: { id } } } }));
    expect(await outcome(connect(1))).toMatch(/^P20(18|25)$/);
    expect(await outcome(connect(99))).toMatch(/^P20(18|25)$/);
    expect(await profiles()).toEqual([[1, false]]);
  });
});
