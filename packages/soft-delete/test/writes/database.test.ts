import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPrismaSoftDeleteExtension } from '../../src/soft-delete.extension';
import { withDeleted } from '../../src/visibility/with-deleted';
import { SETTINGS, SoftDeleteFixture } from '../fixture/fixture';
import { outcome, WriteWorld } from './write-world';

const CASCADE = { User: ['Post.author', 'Profile'], Post: ['Comment'], Category: ['Category'] };

describe.each(SETTINGS)("writes with enforcement 'database', $name", (setting) => {
  let world: WriteWorld;
  beforeAll(async () => {
    world = await WriteWorld.create(
      setting,
      { enforcement: 'database', cascade: CASCADE },
      { standalone: !setting.tenancy },
    );
  });
  afterAll(() => world.close());
  beforeEach(() => world.clear());

  const seed = () =>
    world.as(() =>
      world.prisma.user.create({
        data: {
          email: 'a@x',
          profile: { create: { bio: 'b' } },
          posts: { create: [{ title: 'p', comments: { create: [{ text: 'c' }] } }] },
        },
        include: { posts: true },
      }),
    );

  it('delete, with what they take along, and what they answer', async () => {
    const { id } = await seed();
    const deleted = await world.as(() => world.prisma.user.delete({ where: { id }, include: { posts: true } }));
    expect(deleted).toMatchObject({ id, deletedBy: 'user-of-a', posts: [{ title: 'p' }] });
    expect([...(await world.deleted('comments')), ...(await world.deleted('profiles'))]).toHaveLength(2);
    expect(await world.as(() => world.prisma.$queryRaw`SELECT id FROM comments`)).toEqual([]);
    expect(await world.as(() => withDeleted(world.prisma).$queryRaw`SELECT id FROM comments`)).toHaveLength(1);
    expect(world.events).toHaveLength(4);
  });

  it('delete in lists, transactions and nested writes', async () => {
    const { id, posts } = await seed();
    const { prisma } = world;
    await world.as(() =>
      prisma.user.update({
        where: { id },
        data: { posts: { delete: { id: posts[0]?.id ?? 0 } }, profile: { delete: true } },
      }),
    );
    expect(await world.deleted('comments')).toHaveLength(1);
    await world
      .as(() => prisma.$transaction([prisma.user.count(), prisma.user.deleteMany(), prisma.user.count()]))
      .then((counts) => {
        expect(counts).toEqual([1, { count: 1 }, 0]);
      });
    await world.as(() =>
      prisma.$transaction(async (tx) => {
        const category = await tx.category.create({ data: { name: 'c', children: { create: [{ name: 'd' }] } } });
        await tx.category.delete({ where: { id: category.id } });
        expect(await tx.$queryRaw`SELECT id FROM categories`).toEqual([]);
      }),
    );
    expect(await world.deleted('categories')).toHaveLength(2);
  });

  it('find no deleted row', async () => {
    const { id } = await seed();
    const { prisma } = world;
    await world.as(() => prisma.user.delete({ where: { id } }));
    expect(await outcome(world.as(() => prisma.user.delete({ where: { id } })))).toBe('P2025');
    expect(await outcome(world.as(() => prisma.user.update({ where: { id }, data: { name: 'n' } })))).toBe('P2025');
    expect(await world.as(() => prisma.user.updateMany({ data: { name: 'n' } }))).toEqual({ count: 0 });
    const upsert = { where: { id }, create: { email: 'a@x' }, update: { name: 'n' } };
    expect(await world.as(() => prisma.user.upsert(upsert))).toMatchObject({ email: 'a@x', name: null });
    await world.as(() => withDeleted(prisma.user).update({ where: { id }, data: { name: 'n' } }));
    const asked = { where: { deletedAt: { not: null } }, data: { name: 'm' } };
    expect(await world.as(() => prisma.user.updateMany(asked))).toEqual({ count: 1 });
  });

  it('pass deleted rows by in one-to-one relations and lists that are set', async () => {
    const { id, posts } = await seed();
    const { prisma } = world;
    const update = (data: object) =>
      world.as(() => prisma.user.update({ where: { id }, data, include: { profile: true } }));
    await update({ profile: { delete: true } });
    expect((await update({ profile: { create: { bio: 'new' } } })).profile).toMatchObject({ bio: 'new' });
    await update({ profile: { delete: true } });
    expect((await update({ profile: { upsert: { create: { bio: 'newer' }, update: {} } } })).profile).toMatchObject({
      bio: 'newer',
    });
    await world.as(() => prisma.post.delete({ where: { id: posts[0]?.id ?? 0 } }));
    expect(await outcome(update({ posts: { set: [] } }))).toBe('done');
  });

  it('see deleted rows where data say something about the mark', async () => {
    const { prisma } = world;
    await world.as(() => prisma.tag.create({ data: { label: 'l', deletedAt: new Date() } }));
    await world.as(() => prisma.tag.createMany({ data: [{ label: 'm', deletedAt: new Date() }] }));
    expect(await world.deleted('tags')).toHaveLength(2);
  });

  it('are serialised with writes of children: none survives its parent', async () => {
    const { id } = await seed();
    const other = world.anotherClient();
    let isInserted = (): void => undefined;
    const inserted = new Promise<void>((resolve) => (isInserted = resolve));
    const inserting = world.fixture.as('a', () =>
      other.$transaction(async (tx) => {
        await tx.post.create({ data: { title: 'meanwhile', authorId: id } });
        isInserted();
        await new Promise((resolve) => setTimeout(resolve, 150));
      }),
    );
    await inserted;
    await world.as(() => world.prisma.user.delete({ where: { id } }));
    await inserting;
    expect(await world.deleted('posts')).toHaveLength(2);
    const late = world.fixture.as('a', () => other.post.create({ data: { title: 'late', authorId: id } }));
    expect(await outcome(late)).toBe('P2003');
  });

  it('are refused where the database has no such policies', async () => {
    const fixture = await SoftDeleteFixture.create(setting);
    const client = fixture.client();
    createPrismaSoftDeleteExtension({ softDeleteModels: ['User'], enforcement: 'database' })(client);
    expect(await outcome(fixture.as('a', () => client.user.count()))).toBe('SOFT_DELETE_NOT_INSTALLED');
    expect(await outcome(fixture.as('a', () => client.user.create({ data: { email: 'a' } })))).toBe(
      'SOFT_DELETE_NOT_INSTALLED',
    );
    expect(await outcome(fixture.as('a', () => client.$queryRaw`SELECT 1`))).toBe('SOFT_DELETE_NOT_INSTALLED');
    await fixture.close();
  });

  it('tell triggers that they delete softly, and as which deletion', async () => {
    const { id } = await seed();
    await world.fixture.asAdmin(
      `CREATE TABLE IF NOT EXISTS seen (model text, operation text, operation_id text); GRANT ALL ON seen TO PUBLIC;
       CREATE OR REPLACE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         INSERT INTO seen VALUES (TG_TABLE_NAME, current_setting('app.operation', true), current_setting('app.operation_id', true));
         RETURN NEW; END $$;
       CREATE OR REPLACE TRIGGER see AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION see();
       CREATE OR REPLACE TRIGGER see AFTER UPDATE ON posts FOR EACH ROW EXECUTE FUNCTION see()`,
    );
    const { deletionId } = await world.as(() => world.prisma.user.delete({ where: { id } }));
    expect(await world.fixture.asAdmin('SELECT * FROM seen ORDER BY model')).toEqual([
      { model: 'posts', operation: 'softDelete', operation_id: deletionId },
      { model: 'users', operation: 'softDelete', operation_id: deletionId },
    ]);
  });
});
