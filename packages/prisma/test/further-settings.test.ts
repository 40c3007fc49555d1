import { createContext, runWithContext, withSettings } from '@nestarc/core';
import { SettingRefusedError, UnsupportedStatementError } from '@nestarc/postgres';
import { countRoundTrips, type RoundTripCounter, type TestDatabase } from '@nestarc/testing';
import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { attachContext, TransactionHost } from '../src';
import { Prisma, PrismaClient } from './fixture/generated/client';
import { createNotesDatabase, tenant } from './fixture/notes';

type Settings = Readonly<Record<string, string>>;
type RawClient = Pick<PrismaClient, '$queryRaw'>;

const ONE = { 'app.one': '1' };
const AWKWARD = { 'app.one': `a"b\\c,{d}'e\n ü€`, 'app.two': 'NULL' };
const A = tenant('a');
const carrying = <T>(settings: Settings, work: () => T | PromiseLike<T>, context = A): Promise<T> =>
  runWithContext(withSettings(context, settings), async () => await work());

/** The further settings that a statement finds in force; those that are empty are left out. */
async function shown(client: RawClient): Promise<Settings> {
  const [row] = await client.$queryRaw<Record<string, string>[]>`
    SELECT COALESCE(current_setting('app.one', true), '') AS "app.one",
           COALESCE(current_setting('app.two', true), '') AS "app.two",
           current_setting('app.current_tenant', true) AS tenant`;
  const { tenant: id, ...settings } = row ?? {};
  expect(id).toBe('a');
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== ''));
}

describe.each(['pipelined', 'transaction'] as const)('further settings of a context (%s)', (transport) => {
  let database: TestDatabase;
  let counter: RoundTripCounter;
  let prisma: PrismaClient;
  let host: TransactionHost;

  beforeAll(async () => {
    database = await createNotesDatabase();
    counter = await countRoundTrips(database.appUrl);
    prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: counter.url, max: 2 }) });
    attachContext(prisma, { transport });
    host = new TransactionHost(prisma);
    await carrying({}, () => prisma.note.createMany({ data: [1, 2, 3, 4, 5].map((id) => ({ id, body: `${id}` })) }));
  });
  beforeEach(() => counter.reset());
  afterAll(async () => {
    await prisma.$disconnect();
    await counter.close();
    await database.drop();
  });

  it('are there for its operations, and for no others', async () => {
    expect(await carrying(AWKWARD, () => shown(prisma))).toEqual(AWKWARD);
    expect(await carrying({}, () => shown(prisma))).toEqual({});
    const lazy = runWithContext(withSettings(A, ONE), () => prisma.note.count());
    expect(await carrying({}, async () => await lazy)).toBe(5);
  });

  it('cost no round trip', async () => {
    await carrying({}, () => prisma.note.findFirst());
    const without = counter.count;
    await carrying(ONE, () => prisma.note.findFirst());
    expect(counter.count).toBe(2 * without);
  });

  it('are refused where they would stand in for the context', async () => {
    for (const settings of [{ 'APP.current_tenant': 'b' }, { role: 'postgres' }]) {
      for (const work of [
        () => prisma.note.count(),
        () => prisma.$transaction([prisma.note.count()]),
        () => prisma.$transaction((tx) => tx.note.count()),
      ]) {
        await expect(carrying<unknown>(settings, work)).rejects.toBeInstanceOf(SettingRefusedError);
      }
    }
    expect(counter.bytesSent).toBe(0);
    const inside = carrying({}, () =>
      prisma.$transaction((tx) => carrying({ 'app.mode': 'bypass' }, () => tx.note.count())),
    );
    await expect(inside).rejects.toBeInstanceOf(SettingRefusedError);
  });

  it('follow each operation of an interactive transaction', async () => {
    await carrying(ONE, () =>
      prisma.$transaction(async (tx) => {
        expect(await shown(tx)).toEqual(ONE);
        expect(await runWithContext(A, () => shown(tx))).toEqual({});
        expect(await carrying(AWKWARD, () => shown(tx))).toEqual(AWKWARD);
        expect(await shown(tx)).toEqual(ONE);
      }),
    );
    expect(await carrying({}, () => shown(prisma))).toEqual({});
  });

  it('follow operations that run side by side in a transaction', async () => {
    const wanted = Array.from({ length: 30 }, (_, n): Settings => [{}, ONE, AWKWARD][n % 3] ?? {});
    const found = await carrying({}, () =>
      prisma.$transaction((tx) => Promise.all(wanted.map((settings) => carrying(settings, () => shown(tx))))),
    );
    expect(found).toEqual(wanted);
  });

  it('are right after a rollback to a savepoint', async () => {
    await carrying({}, () =>
      prisma.$transaction(async (tx) => {
        expect(await carrying(ONE, () => shown(tx))).toEqual(ONE);
        await carrying(ONE, () => tx.$executeRaw`SAVEPOINT s`);
        expect(await shown(tx)).toEqual({});
        await tx.$executeRaw`ROLLBACK TO SAVEPOINT s`;
        expect(await shown(tx)).toEqual({});
        expect(await carrying(ONE, () => shown(tx))).toEqual(ONE);
      }),
    );
  });

  it('are right after a nested transaction that failed', async () => {
    const failing = async (): Promise<never> => {
      expect(await shown(prisma)).toEqual({});
      throw new Error('undo');
    };
    await carrying({}, () =>
      host.run(async () => {
        expect(await carrying(ONE, () => shown(prisma))).toEqual(ONE);
        await expect(host.run('NESTED', failing)).rejects.toThrow('undo');
        expect(await shown(prisma)).toEqual({});
      }),
    );
  });

  it.runIf(Prisma.prismaVersion.client.startsWith('7'))(
    'are right after a savepoint of Prisma that failed',
    async () => {
      await carrying({}, () =>
        prisma.$transaction(async (tx) => {
          const nested = tx as unknown as PrismaClient;
          expect(await carrying(ONE, () => shown(tx))).toEqual(ONE);
          const failing = nested.$transaction(async (inner) => {
            expect(await shown(inner)).toEqual({});
            throw new Error('undo');
          });
          await expect(failing).rejects.toThrow('undo');
          expect(await shown(tx)).toEqual({});
        }),
      );
    },
  );

  it('hold for all of an array, whose members must agree', async () => {
    const members = (settings: Settings): Promise<unknown>[] => [
      runWithContext(withSettings(A, settings), () => prisma.$queryRaw`SELECT current_setting('app.one', true) AS one`),
      runWithContext(withSettings(A, ONE), () => prisma.note.count()),
    ];
    const run = (settings: Settings): Promise<unknown> =>
      carrying(ONE, () => prisma.$transaction(members(settings) as never));
    expect(await run(ONE)).toEqual([[{ one: '1' }], 5]);
    await expect(run(AWKWARD)).rejects.toBeInstanceOf(UnsupportedStatementError);
    await expect(run({})).rejects.toBeInstanceOf(UnsupportedStatementError);
  });

  it.runIf(transport === 'pipelined')('leave the merging of operations alone', async () => {
    const find = (settings: Settings): Promise<unknown> =>
      Promise.all([1, 2, 3].map((id) => carrying(settings, () => prisma.note.findUnique({ where: { id } }))));
    await find(ONE);
    counter.reset();
    await find(ONE);
    expect(counter.count).toBe(1);
  });

  it('stay where a missing tenant is let through', async () => {
    const client = new PrismaClient({ adapter: new PrismaPg({ connectionString: database.appUrl }) });
    attachContext(client, { transport, onMissingTenant: 'bypass' });
    const [row] = await carrying(
      ONE,
      () => client.$queryRaw<unknown[]>`SELECT current_setting('app.one') AS one, current_setting('app.mode') AS mode`,
      createContext(),
    );
    expect(row).toEqual({ one: '1', mode: 'bypass' });
    await client.$disconnect();
  });
});
