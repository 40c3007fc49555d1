import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SETTINGS } from '../fixture/fixture';
import { blog, OperationsWorld, outcome } from './operations-world';

const CUTOFF = new Date('2021-01-01T00:00:00Z');

/** Writes down what statements say they are part of, and which deleted rows they may see. */
const RECORDER = `
  CREATE TABLE told (op text, operation text, operation_id text);
  GRANT INSERT ON told TO PUBLIC;
  CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO told VALUES (TG_TABLE_NAME || ' ' || TG_OP, current_setting('app.operation', true), current_setting('app.operation_id', true));
      RETURN NULL;
    END $$;
  CREATE TRIGGER tell AFTER UPDATE OR DELETE ON users FOR EACH ROW EXECUTE FUNCTION tell();
  CREATE TRIGGER tell AFTER UPDATE OR DELETE ON posts FOR EACH ROW EXECUTE FUNCTION tell();`;

describe.each(SETTINGS)("with enforcement 'database', $name", (setting) => {
  let world: OperationsWorld;
  beforeAll(async () => {
    const walls = setting.tenancy ? {} : { standalone: true };
    world = await OperationsWorld.create({ ...setting, sql: RECORDER }, { enforcement: 'database' }, walls);
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    await world.clear();
    await world.sql('TRUNCATE told');
  });

  const deleteAll = async () => {
    for (const table of ['users', 'posts', 'comments', 'profiles']) {
      await world.sql(`UPDATE ${table} SET deleted_at = '2020-01-01'`);
    }
    await world.sql('TRUNCATE told');
  };

  it('restores behind the policies, guards in force, and says what it is part of', async () => {
    const { user } = await blog(world);
    const { deletionId } = await world.as(() => world.prisma.user.delete({ where: { id: user } }));
    expect(await world.deleted('comments')).toEqual([1, 2, 3]);
    await world.sql('TRUNCATE told');
    await world.as(() => world.operations.restore('User', { posts: { some: { title: 'p' } } }));
    expect(await world.deleted('comments')).toEqual([]);
    expect(await world.as(() => world.prisma.comment.count())).toBe(3);
    const told = await world.sql('SELECT DISTINCT * FROM told ORDER BY op');
    const part = { operation: 'restore', operation_id: deletionId };
    expect(told).toEqual([
      { op: 'posts UPDATE', ...part },
      { op: 'users UPDATE', ...part },
    ]);
  });

  it('finds a parent that is deleted', async () => {
    await blog(world);
    await world.as(() => world.prisma.post.delete({ where: { id: 1 } }));
    await world.as(() => world.prisma.user.delete({ where: { id: 1 } }));
    const restoring = world.as(() => world.operations.restore('Post', { id: 1 }));
    await expect(restoring).rejects.toMatchObject({ code: 'SOFT_DELETE_PARENT_DELETED', relation: 'author' });
  });

  it('purges behind the policies, and sees deleted rows that refer to others', async () => {
    await blog(world);
    await deleteAll();
    const purge = (models?: string) => world.as(() => world.operations.purge(models, { olderThan: CUTOFF }));
    expect((await purge('User')).models).toEqual({ User: { purged: 0, blocked: 1, held: 0 } });
    const dry = await world.as(() => world.operations.purge(undefined, { olderThan: CUTOFF, dryRun: true }));
    expect(dry.count).toBe(7);
    expect(await purge()).toMatchObject({ count: 7 });
    const told = await world.sql('SELECT DISTINCT op, operation FROM told ORDER BY op');
    expect(told).toEqual([
      { op: 'posts DELETE', operation: 'purge' },
      { op: 'users DELETE', operation: 'purge' },
    ]);
  });

  it('filters by deleted rows of models that it restores nothing of', async () => {
    await world.as(() =>
      world.prisma.user.create({
        data: { email: 'a@x', posts: { create: { title: 'p', tags: { create: { label: 't' } } } } },
      }),
    );
    await world.as(() => world.prisma.post.delete({ where: { id: 1 } }));
    await world.as(() => world.prisma.tag.delete({ where: { id: 1 } }));
    await world.as(() => world.operations.restore('Post', { tags: { some: { label: 't' } } }));
    expect(await world.deleted('posts')).toEqual([]);
  });

  it('keeps deleted rows that a foreign key would take along', async () => {
    await world.sql(`ALTER TABLE profiles DROP CONSTRAINT profiles_user_id_fkey,
      ADD CONSTRAINT profiles_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE`);
    await world.as(() => world.prisma.user.create({ data: { email: 'a@x', profile: { create: { bio: 'b' } } } }));
    await deleteAll();
    const purge = world.as(() => world.operations.purge('User', { olderThan: CUTOFF }));
    expect(await purge).toMatchObject({ count: 0, models: { User: { blocked: 1 } } });
    expect(await world.count('profiles')).toBe(1);
  });

  it('removes a deleted row for good', async () => {
    await world.as(() => world.prisma.user.create({ data: { email: 'a@x' } }));
    await deleteAll();
    await world.as(() => world.operations.forceDelete('User', { email: 'a@x' }));
    expect(await world.count('users')).toBe(0);
    expect(await outcome(world.as(() => world.operations.forceDelete('User', { email: 'a@x' })))).toBe('P2025');
  });

  it('leaves nothing open behind', async () => {
    const { user } = await blog(world);
    await world.as(() => world.prisma.user.delete({ where: { id: user } }));
    await world.as(() => world.operations.restore('User', { id: user }));
    await world.as(() => world.prisma.post.delete({ where: { id: 1 } }));
    const seen = () => world.prisma.$queryRaw<{ id: number }[]>`SELECT id FROM posts ORDER BY id`;
    expect(await world.as(seen)).toEqual([{ id: 2 }]);
  });
});

describe.each(SETTINGS)('what PostgreSQL refuses, $name', (setting) => {
  let world: OperationsWorld;
  beforeAll(async () => {
    world = await OperationsWorld.create(setting, {}, { policies: false });
  });
  afterAll(() => world.close());
  beforeEach(() => world.clear());

  it('is a ParentDeletedError where a guard refuses, and changes nothing', async () => {
    await blog(world);
    await world.as(() => world.prisma.post.delete({ where: { id: 1 } }));
    // A guard that nobody here knows of stands for a row that was deleted at the last moment.
    await world.sql(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION USING ERRCODE = '23503', MESSAGE = 'insert or update on table "comments" refers to a deleted row'; END $$`);
    await world.sql('CREATE TRIGGER refuse AFTER UPDATE ON comments FOR EACH ROW EXECUTE FUNCTION refuse()');
    try {
      const restoring = world.as(() => world.operations.restore('Post', { id: 1 }));
      await expect(restoring).rejects.toMatchObject({ code: 'SOFT_DELETE_PARENT_DELETED', model: 'Comment' });
      expect(await world.deleted('posts')).toEqual([1]);
    } finally {
      await world.sql('DROP FUNCTION refuse CASCADE');
    }
  });

  it('is a RestoreConflictError with the fields where a unique index refuses that was not asked about', async () => {
    await world.as(() => world.prisma.user.create({ data: { email: 'a@x' } }));
    for (let index = 0; index < 2; index += 1) {
      await world.as(() => world.prisma.user.deleteMany({}));
      await world.as(() => world.prisma.user.create({ data: { email: 'a@x' } }));
    }
    await world.as(() => world.prisma.user.deleteMany({}));
    const restoring = world.as(() => world.operations.restoreMany('User'));
    await expect(restoring).rejects.toMatchObject({
      code: 'SOFT_DELETE_RESTORE_CONFLICT',
      model: 'User',
      fields: ['tenantId', 'email'],
    });
    expect(await world.deleted('users')).toEqual([1, 2, 3]);
  });

  it('is a RestoreConflictError of the child that clashes', async () => {
    const { user } = await blog(world);
    await world.as(() => world.prisma.user.delete({ where: { id: user } }));
    await world.sql('CREATE UNIQUE INDEX one_text ON comments (post_id) WHERE deleted_at IS NULL');
    try {
      const restoring = world.as(() => world.operations.restore('User', { id: user }));
      await expect(restoring).rejects.toMatchObject({ code: 'SOFT_DELETE_RESTORE_CONFLICT', status: 409 });
      expect(await world.deleted('users')).toEqual([1]);
    } finally {
      await world.sql('DROP INDEX one_text');
    }
  });

  it('waits for a deletion of the parent that is under way', async () => {
    await blog(world);
    await world.as(() => world.prisma.post.delete({ where: { id: 1 } }));
    await world.sql('BEGIN');
    await world.sql(`UPDATE users SET deleted_at = now() WHERE id = 1`);
    const restoring = outcome(world.as(() => world.operations.restore('Post', { id: 1 })));
    await new Promise((resolve) => setTimeout(resolve, 200));
    await world.sql('COMMIT');
    expect(await restoring).toBe('SOFT_DELETE_PARENT_DELETED');
    expect(await world.deleted('posts')).toEqual([1]);
  });

  it('waits for a restoration that is under way, and leaves the transaction of the caller usable', async () => {
    await blog(world);
    await world.as(() => world.prisma.post.delete({ where: { id: 1 } }));
    await world.sql('BEGIN');
    await world.sql('UPDATE posts SET deleted_at = NULL WHERE id = 1');
    const working = world.as(() =>
      world.prisma.$transaction(async (tx) => {
        const restoring = outcome(world.operations.restore('Post', { id: 1 }, { tx }));
        setTimeout(() => void world.sql('COMMIT'), 200);
        expect(await restoring).toBe('SOFT_DELETE_RECORD_NOT_DELETED');
        await tx.user.update({ where: { id: 1 }, data: { name: 'kept' } });
      }),
    );
    expect(await outcome(working)).toBe('done');
    expect(await world.rows('users')).toMatchObject([{ name: 'kept' }]);
  });
});
