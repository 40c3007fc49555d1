import { TransactionHost } from '@nestarc/prisma';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SETTINGS } from '../fixture/fixture';
import { outcome, WriteWorld } from '../writes/write-world';

describe.each(SETTINGS)('cascades that fail, $name', (setting) => {
  let world: WriteWorld;
  beforeAll(async () => {
    world = await WriteWorld.create(setting, {
      maxCascadeDepth: 2,
      cascade: { User: ['Post.author'], Post: ['Comment'], Category: ['Category'] },
    });
    await world.fixture.asAdmin(
      `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF NEW.text = 'fail' THEN RAISE EXCEPTION 'no'; END IF;
         IF NEW.text = 'sleep' THEN PERFORM pg_sleep(10); END IF;
         RETURN NEW; END $$;
       CREATE TRIGGER fail BEFORE UPDATE ON comments FOR EACH ROW EXECUTE FUNCTION fail()`,
    );
  });
  afterAll(() => world.close());
  beforeEach(() => world.clear());

  const seed = (text: string) =>
    world.as(() =>
      world.prisma.user.create({
        data: { email: 'a@x', posts: { create: [{ title: 'p', comments: { create: [{ text }] } }] } },
      }),
    );
  const nothingDeleted = async () => {
    for (const table of ['users', 'posts', 'comments', 'categories']) expect(await world.deleted(table)).toEqual([]);
    expect(world.events).toEqual([]);
  };

  it('leave nothing behind when a level fails midway', async () => {
    const { id } = await seed('fail');
    expect(await outcome(world.as(() => world.prisma.user.delete({ where: { id } })))).not.toBe('done');
    await nothingDeleted();
    expect(await world.as(() => world.prisma.user.count())).toBe(1);
  });

  it('leave nothing behind when the transaction of the caller goes on as if nothing had been', async () => {
    const { id } = await seed('fail');
    const attempt = world.as(() =>
      world.prisma.$transaction(async (tx) => {
        await tx.user.delete({ where: { id } }).catch(() => undefined);
      }),
    );
    expect(await outcome(attempt)).not.toBe('done');
    await nothingDeleted();
  });

  it('leave nothing behind when the connection is lost midway', async () => {
    const { id } = await seed('sleep');
    const attempt = outcome(world.as(() => world.prisma.user.delete({ where: { id } })));
    for (;;) {
      const killed = await world.fixture.asAdmin(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event = 'PgSleep' AND pid <> pg_backend_pid()`,
      );
      if (killed.length > 0) break;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(await attempt).not.toBe('done');
    await nothingDeleted();
    expect(await world.as(() => world.prisma.user.count())).toBe(1);
  });

  it('refuse a deletion that would reach deeper than allowed, and change nothing', async () => {
    const { prisma } = world;
    await world.fixture.asAdmin(
      `INSERT INTO categories (id, tenant_id, name, parent_id) SELECT i, 'a', 'c' || i, NULLIF(i - 1, 0) FROM generate_series(1, 4) AS i`,
    );
    if (!setting.tenancy) await world.fixture.asAdmin(`UPDATE categories SET tenant_id = 'none'`);
    expect(await outcome(world.as(() => prisma.category.delete({ where: { id: 1 } })))).toBe(
      'SOFT_DELETE_CASCADE_TOO_DEEP',
    );
    await nothingDeleted();
    const caught = world.as(() =>
      prisma.$transaction(async (tx) => void (await tx.category.delete({ where: { id: 1 } }).catch(() => undefined))),
    );
    expect(await outcome(caught)).toBe('TRANSACTION_ABORTED');
    await nothingDeleted();
    await world.as(() => prisma.category.delete({ where: { id: 2 } }));
    expect(await world.deleted('categories')).toEqual([2, 3, 4]);
  });

  it('are retried as a whole with a Serializable transaction', async () => {
    if (!setting.tenancy) return;
    const { id } = await seed('c');
    const host = new TransactionHost(world.prisma);
    let attempts = 0;
    await world.as(() =>
      host.run(
        async () => {
          attempts += 1;
          await world.prisma.user.count();
          if (attempts === 1) await world.fixture.asAdmin(`UPDATE users SET name = 'changed' WHERE id = ${id}`);
          await world.prisma.user.delete({ where: { id } });
        },
        { isolationLevel: 'Serializable', retries: 2 },
      ),
    );
    expect(attempts).toBe(2);
    expect(await world.deleted('comments')).toHaveLength(1);
    expect(world.events).toHaveLength(3);
  });

  it('are undone with a savepoint of the ambient transaction, events included', async () => {
    if (!setting.tenancy) return;
    const { id } = await seed('c');
    const host = new TransactionHost(world.prisma);
    await world.as(() =>
      host.run(async () => {
        await host
          .run('NESTED', async () => {
            await world.prisma.user.delete({ where: { id } });
            throw new Error('no');
          })
          .catch(() => undefined);
        expect(await world.prisma.post.count()).toBe(1);
        await world.prisma.comment.deleteMany();
      }),
    );
    expect(await world.deleted('users')).toEqual([]);
    expect(world.events).toMatchObject([{ model: 'Comment', count: 1 }]);
  });
});
