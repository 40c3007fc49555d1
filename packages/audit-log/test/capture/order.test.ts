import { randomUUID } from 'node:crypto';
import type { TestDatabase } from '@nestarc/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { as, createAuditedDatabase, createClient, mark, type Entry } from '../fixture/database';
import type { PrismaClient } from '../fixture/generated/client';

/** What other people's triggers do: touch the same row again, other rows, and other tables. */
const OTHER_TRIGGERS = `
  ALTER TABLE settings ADD COLUMN touched int NOT NULL DEFAULT 0;
  CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    UPDATE settings SET touched = touched + 1 WHERE key = NEW.key AND pg_trigger_depth() < 3;
    IF pg_trigger_depth() < 2 THEN INSERT INTO seats VALUES ('trigger', (SELECT count(*) FROM seats)); END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER "00_touch" AFTER INSERT OR UPDATE ON settings FOR EACH ROW EXECUTE FUNCTION touch();
  CREATE FUNCTION touch_all() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN UPDATE seats SET guest = 'seen' WHERE guest IS NULL; RETURN NULL; END $$;
  CREATE TRIGGER " first" AFTER INSERT ON seats FOR EACH STATEMENT EXECUTE FUNCTION touch_all();
  CREATE FUNCTION drop_user() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN DELETE FROM users WHERE email = OLD.key; RETURN NULL; END $$;
  CREATE TRIGGER drop_user AFTER DELETE ON settings FOR EACH ROW EXECUTE FUNCTION drop_user();
`;

let database: TestDatabase;
let prisma: PrismaClient;
beforeAll(async () => {
  database = await createAuditedDatabase({}, OTHER_TRIGGERS);
  prisma = createClient(database.appUrl, {}, 10);
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});

/** Each entry of a row begins where the one before it has ended. */
function expectContiguous(entries: readonly Entry[]): void {
  const last = new Map<string, unknown>();
  for (const { target_type: type, target_id: target, op, old, new: fresh } of entries) {
    const key = `${String(type)} ${String(target)}`;
    if (op !== 'insert') expect(old).toEqual(last.get(key));
    else expect(last.get(key) ?? null).toBeNull();
    last.set(key, fresh);
  }
}

describe('the order of entries', () => {
  it('is that of the changes, also where triggers of others change the row again before it is recorded', async () => {
    const since = await mark(database);
    const key = randomUUID();
    await as('a', () =>
      prisma.$transaction(async (tx) => {
        await tx.setting.create({ data: { key, value: '1' } });
        await tx.setting.update({ where: { key }, data: { value: '2' } });
        await tx.setting.delete({ where: { key } });
      }),
    );
    const entries = await since.entries();
    expectContiguous(entries);
    const ops = entries.filter(({ target_type: type }) => type === 'Setting').map(({ op }) => op);
    expect(ops).toEqual(['insert', 'update', 'update', 'update', 'update', 'update', 'delete']);
    // Both columns say the same, and so does the id.
    const ids = entries.map(({ id }) => id);
    expect(ids).toEqual([...ids].sort());
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is that of the changes where a trigger deletes what foreign keys take rows along with, as a statement before did', async () => {
    const since = await mark(database);
    await as('a', () =>
      prisma.$transaction(async (tx) => {
        const create = (email: string) => tx.user.create({ data: { email, posts: { create: { title: email } } } });
        const { id } = await create('first');
        await tx.setting.create({ data: { key: 'second', value: '' } });
        await tx.user.delete({ where: { id } });
        await create('second');
        await tx.setting.delete({ where: { key: 'second' } });
      }),
    );
    const entries = (await since.entries()).filter(({ target_type: type }) => type === 'Post');
    expectContiguous(entries);
    expect(entries.map(({ op }) => op)).toEqual(['insert', 'delete', 'insert', 'delete']);
  });

  it('is contiguous under concurrent updates of one row', async () => {
    const { id } = await as('a', () => prisma.user.create({ data: { email: randomUUID() } }));
    const since = await mark(database);
    await as('a', () =>
      Promise.all(
        Array.from({ length: 20 }, () => prisma.user.update({ where: { id }, data: { visits: { increment: 1 } } })),
      ),
    );
    const steps = (await since.entries()).map(({ old, new: fresh }) => [old?.['visits'], fresh?.['visits']]);
    expect(steps.sort((one, other) => Number(one[0]) - Number(other[0]))).toEqual(
      Array.from({ length: 20 }, (_, n) => [n, n + 1]),
    );
  });

  it('tells who was first of concurrent upserts: one insert, and updates of what it wrote', async () => {
    const since = await mark(database);
    const key = randomUUID();
    await as('a', () =>
      Promise.all(
        Array.from({ length: 8 }, (_, n) =>
          prisma.user.upsert({
            where: { tenantId_email: { tenantId: 'a', email: key } },
            create: { tenantId: 'a', email: key, visits: n },
            update: { visits: { increment: 100 } },
          }),
        ),
      ),
    );
    const entries = (await since.entries()).filter(({ target_type: type }) => type === 'User');
    expect(entries.map(({ op }) => op).sort()).toEqual(['insert', ...Array.from({ length: 7 }, () => 'update')]);
    const visits = entries
      .filter(({ op }) => op === 'update')
      .map(({ old, new: fresh }) => Number(fresh?.['visits']) - Number(old?.['visits']));
    expect(visits).toEqual(Array.from({ length: 7 }, () => 100));
  });
});
