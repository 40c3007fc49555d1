import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { withDeleted } from '../../src/visibility/with-deleted';
import { SETTINGS } from '../fixture/fixture';
import { outcome, WriteWorld } from './write-world';

const CASCADE = { User: ['Post.author'], Post: ['Comment'] };

describe.each(SETTINGS)("deletedUpsert 'error' and 'revive', $name", (setting) => {
  const worlds = new Map<string, WriteWorld>();
  beforeAll(async () => {
    for (const deletedUpsert of ['error', 'revive'] as const) {
      const sql = { policies: false };
      worlds.set(deletedUpsert, await WriteWorld.create(setting, { deletedUpsert, cascade: CASCADE }, sql));
    }
  });
  afterAll(async () => void (await Promise.all([...worlds.values()].map((world) => world.close()))));

  let world: WriteWorld;
  let gone = 0;
  const use = async (strategy: 'error' | 'revive') => {
    const found = worlds.get(strategy);
    if (found === undefined) throw new Error('no world');
    world = found;
    const { prisma } = world;
    await world.as(async () => {
      gone = (
        await prisma.user.create({
          data: { email: 'gone@x', posts: { create: [{ title: 'own' }, { title: 'before' }] } },
        })
      ).id;
      await prisma.post.deleteMany({ where: { title: 'before' } });
      await prisma.user.delete({ where: { id: gone } });
    });
    world.events.length = 0;
  };
  beforeEach(async () => {
    for (const each of worlds.values()) await each.clear();
  });

  const key = () => ({ tenantId_email: { tenantId: setting.tenancy ? 'a' : 'none', email: 'gone@x' } });
  const upsert = () =>
    world.as(() => world.prisma.user.upsert({ where: key(), create: { email: 'gone@x' }, update: { name: 'u' } }));

  it("'error' refuses an upsert of a deleted row, and writes nothing", async () => {
    await use('error');
    const before = await world.rows('users');
    await expect(upsert()).rejects.toMatchObject({ code: 'SOFT_DELETE_RECORD_DELETED', status: 409 });
    expect(await world.rows('users')).toEqual(before);
  });

  it("'error' upserts what is active and creates what never was, also beside a deleted row with the same key", async () => {
    await use('error');
    const { prisma } = world;
    await world.as(() => prisma.user.create({ data: { email: 'gone@x' } }));
    expect(await upsert()).toMatchObject({ name: 'u', deletedAt: null });
    const other = { where: { id: 99 }, create: { email: 'new@x' }, update: {} };
    expect(await world.as(() => prisma.user.upsert(other))).toMatchObject({ email: 'new@x' });
  });

  it('does not need an index on the key where deleted rows are seen', async () => {
    await use('error');
    const write = { where: key(), create: { email: 'gone@x' }, update: { name: 'u' } };
    const compound = { ...write, create: { ...write.create, tenantId: key().tenantId_email.tenantId } };
    expect(await world.as(() => withDeleted(world.prisma.user).upsert(compound))).toMatchObject({
      id: gone,
      name: 'u',
    });
  });

  it("'error' refuses nested upserts and connectOrCreate of deleted rows", async () => {
    await use('error');
    const { prisma } = world;
    const create = { email: 'r@x' };
    const author = { create: { email: 'b@x' } };
    const data = { title: 't', author, reviewer: { connectOrCreate: { where: key(), create } } };
    expect(await outcome(world.as(() => prisma.post.create({ data })))).toBe('SOFT_DELETE_RECORD_DELETED');
    const post = await world.as(() =>
      prisma.post.create({ data: { title: 't', author, comments: { create: { text: 'c' } } } }),
    );
    const comment = await world.as(() => prisma.comment.findFirstOrThrow({ where: { postId: post.id } }));
    await world.as(() => prisma.comment.delete({ where: { id: comment.id } }));
    const comments = { upsert: { where: { id: comment.id }, create: { text: 'n' }, update: {} } };
    const nested = prisma.post.update({ where: { id: post.id }, data: { comments } });
    expect(await outcome(world.as(() => nested))).toBe(
      setting.tenancy ? 'TENANT_CONTEXT_MISSING' : 'SOFT_DELETE_RECORD_DELETED',
    );
    expect(await outcome(world.as(() => prisma.post.update({ where: { id: post.id }, data: { comments } })))).toBe(
      'SOFT_DELETE_RECORD_DELETED',
    );
  });

  it("'error' says nothing of other tenants", async () => {
    if (!setting.tenancy) return;
    await use('error');
    const alien = { where: { id: gone }, create: { email: 'own@x' }, update: {} };
    const made = await world.fixture.as('b', () => world.prisma.user.upsert(alien));
    expect(made).toMatchObject({ email: 'own@x', tenantId: 'b' });
  });

  it("'revive' brings the row back with what its deletion took, and updates it", async () => {
    await use('revive');
    expect(await upsert()).toMatchObject({ id: gone, name: 'u', deletedAt: null, deletedBy: null, deletionId: null });
    const posts = await world.rows('posts');
    expect(posts.map((row) => [row['title'], row['deleted_at'] === null])).toEqual([
      ['own', true],
      ['before', false],
    ]);
  });

  it("'revive' prefers an active row, and creates what never was", async () => {
    await use('revive');
    const active = await world.as(() => world.prisma.user.create({ data: { email: 'gone@x' } }));
    expect(await upsert()).toMatchObject({ id: active.id });
    expect(await world.deleted('users')).toEqual([gone]);
  });

  it("'revive' connects the row that connectOrCreate names", async () => {
    await use('revive');
    const reviewer = { connectOrCreate: { where: key(), create: { email: 'r@x' } } };
    const data = { title: 't', author: { create: { email: 'b@x' } }, reviewer };
    expect(await world.as(() => world.prisma.post.create({ data }))).toMatchObject({ reviewerId: gone });
    expect(await world.deleted('users')).toEqual([]);
  });

  it("'revive' is undone when the upsert fails", async () => {
    await use('revive');
    const failing = { where: key(), create: { email: 'gone@x' }, update: { accountId: 99 } };
    expect(await outcome(world.as(() => world.prisma.user.upsert(failing)))).toBe('P2003');
    expect(await world.deleted('users')).toEqual([gone]);
  });
});
