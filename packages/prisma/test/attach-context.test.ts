import { InvalidOptionsError, runWithContext } from '@nestarc/core';
import { ContextPool, DatabaseError, PrivilegedRoleError } from '@nestarc/postgres';
import type { TestDatabase } from '@nestarc/testing';
import { PrismaPg } from '@prisma/adapter-pg';
import { Client, Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { attachContext, type AttachOptions, UnsupportedAdapterError } from '../src';
import { createNotesDatabase, as, tenant } from './fixture/notes';
import { PrismaClient } from './fixture/generated/client';

let database: TestDatabase;
beforeAll(async () => {
  database = await createNotesDatabase();
});
afterAll(() => database.drop());

async function withClient(
  adapter: PrismaPg,
  work: (prisma: PrismaClient, warnings: string[]) => Promise<void>,
  options: AttachOptions = {},
): Promise<void> {
  const warnings: string[] = [];
  const prisma = new PrismaClient({ adapter });
  attachContext(prisma, { warn: (message) => warnings.push(message), ...options });
  try {
    await work(prisma, warnings);
  } finally {
    await prisma.$disconnect();
  }
}

describe('a client with the stock adapter', () => {
  const readsItsOwn = async (prisma: PrismaClient): Promise<void> => {
    const body = `${Math.random()}`;
    await as('a', () => prisma.note.create({ data: { body } }));
    expect(await as('a', () => prisma.note.count({ where: { body } }))).toBe(1);
    expect(await as('b', () => prisma.note.count({ where: { body } }))).toBe(0);
  };

  it('is taken over, given a connection string or options', async () => {
    const { appUrl: connectionString } = database;
    for (const adapter of [new PrismaPg(connectionString), new PrismaPg({ connectionString, max: 2 })]) {
      await withClient(adapter, async (prisma, warnings) => {
        await readsItsOwn(prisma);
        expect(warnings).toEqual([]);
      });
    }
  });

  it('is taken over again when it reconnects', async () => {
    await withClient(new PrismaPg(database.appUrl), async (prisma) => {
      await readsItsOwn(prisma);
      await prisma.$disconnect();
      await readsItsOwn(prisma);
    });
  });

  it('is taken over with a warning, given a pool that cannot carry the context', async () => {
    const { hostname: host, port, username: user, password, pathname } = new URL(database.appUrl);
    const pool = new Pool({ host, port: Number(port), user, password, database: pathname.slice(1), max: 2 });
    await withClient(new PrismaPg(pool), async (prisma, warnings) => {
      await readsItsOwn(prisma);
      expect(warnings).toEqual([expect.stringContaining('ContextPool')]);
      expect(pool.totalCount).toBe(0);
    });
    await pool.end();
  });

  it('uses a context pool as it is, and leaves it open', async () => {
    const pool = new ContextPool({ connectionString: database.appUrl, max: 2 });
    await withClient(new PrismaPg(pool), async (prisma, warnings) => {
      await readsItsOwn(prisma);
      expect(warnings).toEqual([]);
      expect(pool.totalCount).toBeGreaterThan(0);
    });
    expect((await runWithContext(tenant('a'), () => pool.query('SELECT 1 AS one'))).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });

  it('refuses a context pool that sends the tenant under another name', () => {
    const pool = new ContextPool({ connectionString: database.appUrl, settings: { tenant: 'app.org' } });
    const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
    expect(() => attachContext(prisma, { settings: { tenant: 'app.current_tenant' } })).toThrow('settings.tenant');
  });

  it('shares an adapter with another client, and neither ends the other’s connections', async () => {
    const adapter = new PrismaPg(database.appUrl);
    const first = new PrismaClient({ adapter });
    const second = new PrismaClient({ adapter });
    attachContext(first);
    attachContext(second);
    await readsItsOwn(first);
    await readsItsOwn(second);
    await first.$disconnect();
    await readsItsOwn(second);
    await second.$disconnect();
    const third = new PrismaClient({ adapter });
    expect(() => attachContext(third, { settings: { tenant: 'app.org' } })).toThrow('adapter');
  });

  it('survives the loss of its idle connections', async () => {
    await withClient(new PrismaPg(database.appUrl), async (prisma) => {
      await readsItsOwn(prisma);
      const admin = new Client({ connectionString: database.adminUrl });
      await admin.connect();
      await admin.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()',
        [database.name],
      );
      await admin.end();
      await new Promise((resolve) => setTimeout(resolve, 50));
      await readsItsOwn(prisma);
    });
  });

  it('cannot be attached again with other options', () => {
    const prisma = new PrismaClient({ adapter: new PrismaPg(database.appUrl) });
    attachContext(prisma);
    expect(() => attachContext(prisma, { onMissingTenant: 'bypass' })).toThrow(InvalidOptionsError);
  });

  it.each(['Serializable', 'RepeatableRead', 'ReadCommitted'] as const)(
    'runs transactions %s',
    async (isolationLevel) => {
      await withClient(new PrismaPg(database.appUrl), async (prisma) => {
        const show = () =>
          prisma.$queryRaw<{ level: string }[]>`SELECT current_setting('transaction_isolation') AS level`;
        const level = isolationLevel.replace(/(?<=[a-z])(?=[A-Z])/, ' ').toLowerCase();
        const rows = await as('a', () =>
          prisma.$transaction((tx) => tx.$queryRaw`SELECT current_setting('transaction_isolation') AS level`, {
            isolationLevel,
          }),
        );
        expect(rows).toEqual([{ level }]);
        expect(await as('a', () => prisma.$transaction([show(), prisma.note.count()], { isolationLevel }))).toEqual([
          [{ level }],
          expect.any(Number),
        ]);
      });
    },
  );

  it('refuses an operation without a tenant, even if one of a tenant came first in the same tick', async () => {
    await withClient(new PrismaPg(database.appUrl), async (prisma) => {
      const note = await as('a', () => prisma.note.create({ data: { body: 'same tick' } }));
      const where = { id: note.id };
      const own = runWithContext(tenant('a'), () => prisma.note.findUnique({ where }));
      const [first, second, third] = await Promise.allSettled([
        own,
        prisma.note.findUnique({ where }),
        prisma.$transaction([prisma.note.updateMany({ data: { body: 'changed' } })]),
      ]);
      expect(first).toMatchObject({ status: 'fulfilled', value: { body: 'same tick' } });
      expect(second).toMatchObject({ status: 'rejected', reason: { code: 'TENANT_CONTEXT_MISSING' } });
      expect(third).toMatchObject({ status: 'rejected', reason: { code: 'TENANT_CONTEXT_MISSING' } });
    });
  });

  it('rejects raw SQL that is none, and lives on', async () => {
    await withClient(new PrismaPg(database.appUrl), async (prisma) => {
      await readsItsOwn(prisma);
      await expect(as('a', () => prisma.$queryRawUnsafe(undefined as never))).rejects.toThrow();
      await expect(as('a', () => prisma.$executeRawUnsafe('BEGIN'))).rejects.toMatchObject({
        code: 'STATEMENT_UNSUPPORTED',
      });
      await readsItsOwn(prisma);
    });
  });

  it('reports a database it cannot reach in Prisma’s words, and checks the role once it can', async () => {
    const nowhere = new URL(database.appUrl);
    nowhere.port = '1';
    await withClient(new PrismaPg(nowhere.href), async (prisma) => {
      await expect(as('a', () => prisma.note.count())).rejects.toMatchObject({ code: 'P1001' });
    });
    const wrong = new URL(database.appUrl);
    wrong.password = 'wrong';
    await withClient(new PrismaPg(wrong.href), async (prisma) => {
      await expect(as('a', () => prisma.note.count())).rejects.toMatchObject({ code: 'P1000' });
    });
  });

  it('may be attached twice', async () => {
    const prisma = new PrismaClient({ adapter: new PrismaPg(database.appUrl) });
    attachContext(prisma);
    attachContext(prisma.$extends({ name: 'later' }));
    await readsItsOwn(prisma);
    await prisma.$disconnect();
  });

  it('keeps working under extensions of the user', async () => {
    const calls: string[] = [];
    await withClient(new PrismaPg(database.appUrl), async (prisma) => {
      const extended = prisma.$extends({
        query: {
          $allOperations({ operation, args, query }) {
            calls.push(operation);
            return query(args) as Promise<unknown>;
          },
        },
        result: { note: { shout: { needs: { body: true }, compute: ({ body }) => body.toUpperCase() } } },
      });
      const note = await as('a', () => extended.note.create({ data: { body: 'extended' } }));
      expect(note.shout).toBe('EXTENDED');
      expect(await as('b', () => extended.note.findUnique({ where: { id: note.id } }))).toBeNull();
      const lazy = runWithContext(tenant('a'), () => extended.note.findUnique({ where: { id: note.id } }));
      expect(await as('b', async () => (await lazy)?.shout)).toBe('EXTENDED');
    });
    expect(calls).toEqual(['create', 'findUnique', 'findUnique']);
  });
});

describe('a client that cannot carry the context', () => {
  it('is refused at boot', () => {
    const otherAdapter = { adapterName: '@prisma/adapter-neon', provider: 'postgres', connect: () => undefined };
    const prisma = new PrismaClient({ adapter: otherAdapter as never });
    const attach = (): void => attachContext(prisma, { transport: 'pipelined' });
    expect(attach).toThrow(UnsupportedAdapterError);
    expect(attach).toThrow('@prisma/adapter-neon');
  });

  it('of PostgreSQL is scoped by transactions, with a warning unless that is asked for', () => {
    const otherAdapter = { adapterName: '@prisma/adapter-neon', provider: 'postgres', connect: () => undefined };
    const warn = vi.fn();
    attachContext(new PrismaClient({ adapter: otherAdapter as never }), { warn, transport: 'transaction' });
    expect(warn).not.toHaveBeenCalled();
    attachContext(new PrismaClient({ adapter: otherAdapter as never }), { warn });
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('four round trips'));
  });

  it('of another database is refused', () => {
    const prisma = new PrismaClient({ adapter: { adapterName: 'other', provider: 'postgres' } as never });
    (prisma as unknown as { _originalClient: { _activeProvider: string } })._originalClient._activeProvider = 'sqlite';
    expect(() => attachContext(prisma)).toThrow(UnsupportedAdapterError);
  });
});

describe('a database role above row-level security', () => {
  const connectAs = (url: string, options: AttachOptions = {}): Promise<void> =>
    withClient(new PrismaPg(url), (prisma) => prisma.$connect(), options);

  it('is refused when the client connects, with the SQL that mends it', async () => {
    await expect(connectAs(database.adminUrl)).rejects.toBeInstanceOf(PrivilegedRoleError);
    await expect(connectAs(database.adminUrl)).rejects.toThrow(/is a superuser[\s\S]*CREATE ROLE app_user LOGIN/);
    await expect(connectAs(database.ownerUrl)).rejects.toThrow('owns the table notes');
    await connectAs(database.appUrl);
  });

  it('is let through on demand', async () => {
    await connectAs(database.ownerUrl, { dangerouslyAllowPrivilegedRole: true });
  });
});

describe('failures of the database', () => {
  it('are typed, for model calls and raw SQL, and Prisma’s own errors stay as they are', async () => {
    await withClient(new PrismaPg(database.appUrl), async (prisma) => {
      await as('a', async () => {
        const denied = prisma.$executeRaw`DROP TABLE notes`;
        await expect(denied).rejects.toBeInstanceOf(DatabaseError);
        await expect(denied).rejects.toMatchObject({ code: 'INSUFFICIENT_PRIVILEGE', status: 403, sqlState: '42501' });
        const slow = prisma.$transaction([
          prisma.$executeRaw`SET LOCAL statement_timeout = 20`,
          prisma.$queryRaw`SELECT pg_sleep(1)::text`,
        ]);
        await expect(slow).rejects.toMatchObject({ code: 'QUERY_CANCELED', status: 503, retryable: true });
        await prisma.note.create({ data: { body: 'twice' } });
        await expect(prisma.note.create({ data: { body: 'twice' } })).rejects.toMatchObject({ code: 'P2002' });
        await expect(prisma.$queryRaw`SELECT nonsense`).rejects.toMatchObject({ code: 'P2010' });
        await expect(prisma.note.delete({ where: { id: -1 } })).rejects.toMatchObject({ code: 'P2025' });
      });
    });
  });
});
