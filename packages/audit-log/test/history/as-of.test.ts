import { setTimeout } from 'node:timers/promises';
import type { TestDatabase } from '@nestarc/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditService } from '../../src';
import { as, asOwner, asWith, createAuditedDatabase, createClient, withSession } from '../fixture/database';
import type { PrismaClient } from '../fixture/generated/client';

let database: TestDatabase;
let prisma: PrismaClient;
let audit: AuditService;
beforeAll(async () => {
  // So that keys can be swapped in one statement.
  database = await createAuditedDatabase(
    {},
    'ALTER TABLE seats DROP CONSTRAINT seats_pkey, ADD PRIMARY KEY (hall, number) DEFERRABLE INITIALLY IMMEDIATE;',
  );
  prisma = createClient(database.appUrl);
  audit = AuditService.of(prisma);
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});

/** A generator of whole numbers that repeats itself for the same seed. */
function dice(seed: number): (sides: number) => number {
  let state = seed >>> 0;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

/** The seats of a hall, as images have them. */
async function seats(): Promise<unknown> {
  const rows = await prisma.seat.findMany({ orderBy: [{ hall: 'asc' }, { number: 'asc' }] });
  return rows.map(({ hall, number, guest }) => ({ hall, number: String(number), guest }));
}

/** A step that makes a key twice changes nothing. */
function isTaken(error: unknown): void {
  expect(String(error)).toMatch(/P2002|23505|[Uu]nique/);
}

const sorted = (rows: readonly object[]): unknown => {
  const text = (row: object): string => JSON.stringify(Object.entries(row).sort());
  return rows.map(text).sort();
};

/** The database's clock, between two statements: those of JavaScript and of PostgreSQL need not agree. */
async function now(): Promise<Date> {
  await setTimeout(2);
  const [row] = (await asOwner(database, 'SELECT clock_timestamp() AS at')) as { at: Date }[];
  await setTimeout(2);
  return row?.at ?? new Date(0);
}

describe('asOf', () => {
  const seed = Number(process.env['NESTARC_SEED'] ?? 11);
  const rounds = Number(process.env['NESTARC_ROUNDS'] ?? 40);

  it(`is what was there at each moment of a random history, keys that change and swap among it (seed ${String(seed)})`, async () => {
    const roll = dice(seed);
    const moments: { readonly at: Date; readonly rows: unknown }[] = [];
    const key = () => ({ hall: 'h', number: BigInt(roll(6)) });
    const guest = (): string => `g${String(roll(99))}`;
    const steps: readonly (() => Promise<unknown>)[] = [
      () => prisma.seat.create({ data: { ...key(), guest: guest() } }),
      () => prisma.seat.createMany({ data: [0n, 1n, 2n].map((n) => ({ hall: 'j', number: n + BigInt(roll(9)) })) }),
      () => prisma.seat.updateMany({ where: key(), data: { guest: guest() } }),
      () => prisma.seat.updateMany({ data: { guest: guest() } }),
      () => prisma.seat.deleteMany({ where: key() }),
      () => prisma.seat.deleteMany({ where: { hall: 'j' } }),
      () => prisma.$executeRaw`UPDATE seats SET number = 10 + number WHERE number = ${roll(6)}`,
      () => prisma.$executeRaw`UPDATE seats SET number = 5 - number WHERE number BETWEEN 0 AND 5`,
      () => prisma.seat.updateMany({ where: { number: { gt: 9n } }, data: { hall: 'i' } }),
      () =>
        prisma.$transaction(async (tx) => {
          await tx.seat.deleteMany({ where: key() });
          await tx.seat.create({ data: { ...key(), guest: 'again' } });
        }),
    ];
    await as('a', async () => {
      for (let round = 0; round < rounds; round++) {
        await steps[roll(steps.length)]?.().catch(isTaken);
        moments.push({ at: await now(), rows: await seats() });
      }
      for (const { at, rows } of moments) {
        const found: object[] = [];
        let cursor: string | null | undefined;
        do {
          const page = await audit.asOf('Seat', at, { limit: 4, ...(cursor == null ? {} : { cursor }) });
          found.push(...page.rows);
          cursor = page.nextCursor;
        } while (cursor !== null);
        expect(sorted(found), at.toISOString()).toEqual(sorted(rows as object[]));
      }
    });
    expect(moments.some(({ rows }) => (rows as object[]).length > 3)).toBe(true);
  });

  it('gives single rows by key, by field, and only those of the tenant', async () => {
    const { id } = await as('a', () => prisma.user.create({ data: { email: 'x', name: 'one' } }));
    const before = await now();
    await as('a', () => prisma.user.update({ where: { id }, data: { name: 'two' } }));
    const keys = [id.toUpperCase()];
    const { rows, isComplete } = await as('a', () => audit.asOf('User', before, { keys }));
    expect(rows).toMatchObject([{ id, tenantId: 'a', name: 'one', deletedAt: null }]);
    expect(isComplete).toBe(true);
    expect(await as('a', () => audit.asOf('User', new Date(0), { keys }))).toMatchObject({ rows: [] });
    expect(await as('b', () => audit.asOf('User', new Date(), { keys }))).toMatchObject({ rows: [] });
    const none = { rows: [], nextCursor: null, isComplete: true };
    expect(await as('a', () => audit.asOf('User', new Date(), { keys: [] }))).toEqual(none);
  });

  it('knows when a table was emptied, although the entry of that is of no tenant', async () => {
    await as('a', () => prisma.setting.create({ data: { key: 'k', value: 'v' } }));
    const before = await now();
    await withSession(database.ownerUrl, (client) => client.query('TRUNCATE settings'));
    const after = await now();
    expect(await as('a', () => audit.asOf('Setting', before))).toMatchObject({ rows: [{ key: 'k', value: 'v' }] });
    expect(await as('a', () => audit.asOf('Setting', after))).toMatchObject({ rows: [] });
  });

  it('says when it cannot know all rows, as changes were suppressed', async () => {
    const before = await now();
    await asWith('a', { 'app.audit_context': '{"suppressed":true}' }, () =>
      prisma.setting.create({ data: { key: 'hidden', value: 'v' } }),
    );
    expect(await as('a', () => audit.asOf('Setting', before))).toMatchObject({ isComplete: true });
    expect(await as('a', async () => audit.asOf('Setting', await now()))).toMatchObject({
      isComplete: false,
      rows: [],
    });
  });

  it('looks past what the application itself has noted about a row', async () => {
    const note = { action: 'setting.reviewed', targetType: 'Setting', targetId: 'noted' };
    await as('a', async () => {
      await prisma.setting.create({ data: { key: 'noted', value: 'v' } });
      await audit.log(note);
      const { rows } = await audit.asOf('Setting', await now(), { keys: ['noted'] });
      expect(rows).toEqual([{ key: 'noted', value: 'v' }]);
    });
  });

  it.each([
    ['Nobody', new Date(), {}, 'model'],
    ['Seat', 'now', {}, 'time'],
    ['Seat', new Date(), { keys: ['x'] }, 'key'],
    ['Seat', new Date(), { limit: 0 }, 'limit'],
  ])('refuses %s, %s, %o, naming what is wrong', async (model, time, options, path) => {
    await expect(as('a', () => audit.asOf(model, time as Date, options))).rejects.toThrow(path);
  });
});

describe('history', () => {
  it('tells what became of a row, newest first, also from before its key was changed', async () => {
    const create = (number: bigint) => prisma.seat.create({ data: { hall: 'x', number, guest: String(number) } });
    await as('h', async () => {
      await create(1n);
      await prisma.seat.update({ where: { hall_number: { hall: 'x', number: 1n } }, data: { number: 2n } });
      await create(1n);
      await prisma.seat.update({ where: { hall_number: { hall: 'x', number: 2n } }, data: { guest: 'late' } });
      const entries = await audit.history('Seat', { hall: 'x', number: 2 });
      expect(entries.map(({ op, changes }) => [op, Object.keys(changes ?? {})])).toEqual([
        ['update', ['guest']],
        ['update', ['number']],
        ['insert', ['hall', 'guest', 'number']],
      ]);
      expect(entries.at(-1)?.changes?.['guest']).toEqual({ after: '1' });
      expect(await audit.history('Seat', { hall: 'x', number: 2 }, { limit: 1 })).toHaveLength(1);
      expect(await audit.history('Seat', { hall: 'x', number: 9 })).toEqual([]);
    });
    expect(await as('b', () => audit.history('Seat', { hall: 'x', number: 2 }))).toEqual([]);
  });

  it('keeps rows apart whose keys were swapped in one statement', async () => {
    const data = [1n, 2n].map((number) => ({ hall: 'swap', number, guest: String(number) }));
    await as('h', () => prisma.seat.createMany({ data }));
    await as('h', () => prisma.$executeRaw`UPDATE seats SET number = 3 - number WHERE hall = 'swap'`);
    const guests = async (number: number) => {
      const entries = await as('h', () => audit.history('Seat', { hall: 'swap', number }));
      return entries.map(({ op, after }) => `${String(op)} ${String(after?.['guest'])}`);
    };
    expect(await guests(1)).toEqual(['update 2', 'insert 2']);
    expect(await guests(2)).toEqual(['update 1', 'insert 1']);
  });

  it('is not led astray by metadata that look like a change of the key', async () => {
    const metadata = JSON.stringify({ metadata: { previousTargetId: 'other' } });
    await as('h', () => prisma.setting.create({ data: { key: 's', value: '1' } }));
    await asWith('h', { 'app.audit_context': metadata }, () =>
      prisma.setting.update({ where: { key: 's' }, data: { value: '2' } }),
    );
    const entries = await as('h', () => audit.history('Setting', 's'));
    expect(entries.map(({ op }) => op)).toEqual(['update', 'insert']);
    expect((await as('h', () => audit.asOf('Setting', new Date(Date.now() + 1000)))).rows).toContainEqual({
      key: 's',
      value: '2',
    });
  });
});

describe('requests', () => {
  it('are listed with what was done in each, and have their entries in order', async () => {
    const work = async (): Promise<void> => {
      const { id } = await prisma.user.create({ data: { email: 'q', posts: { create: { title: 't' } } } });
      await prisma.user.delete({ where: { id } });
    };
    await as('q', work, { requestId: 'q1', actor: { id: 'u1', type: 'user' } });
    await as('q', () => audit.log({ action: 'looked' }), { requestId: 'q2' });
    const requests = await as('q', () => audit.requests());
    expect(requests).toMatchObject([
      { requestId: 'q2', actorId: null, entries: 1, actions: ['looked'] },
      {
        requestId: 'q1',
        actorId: 'u1',
        entries: 4,
        actions: ['Post.created', 'Post.deleted', 'User.created', 'User.deleted'],
      },
    ]);
    expect(requests[1]?.to.getTime()).toBeGreaterThanOrEqual(requests[1]?.from.getTime() ?? Infinity);
    const entries = await as('q', () => audit.changesOfRequest('q1'));
    expect(entries.map(({ action }) => action)).toEqual([
      'User.created',
      'Post.created',
      'User.deleted',
      'Post.deleted',
    ]);
    expect(await as('b', () => audit.changesOfRequest('q1'))).toEqual([]);
    expect(await as('q', () => audit.requests({ limit: 1, to: requests[1]?.to }))).toMatchObject([{ requestId: 'q1' }]);
  });
});
