import { createHash, randomUUID } from 'node:crypto';
import type { TestDatabase } from '@nestarc/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { as, asOwner, createAuditedDatabase, createClient, mark, withSession } from '../fixture/database';
import type { PrismaClient } from '../fixture/generated/client';

let database: TestDatabase;
let prisma: PrismaClient;
beforeAll(async () => {
  database = await createAuditedDatabase();
  prisma = createClient(database.appUrl);
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const DIGITS = '12345678901234567890123456789012345.123456789012345678901234567890';

describe('an image', () => {
  it('holds every type without losing a digit', async () => {
    const since = await mark(database);
    const bytes = new Uint8Array([0, 1, 255]);
    await as('a', () =>
      prisma.specimen.create({
        data: {
          id: 9007199254740993n,
          big: -9223372036854775808n,
          amount: DIGITS,
          price: '12.34',
          ratio: 0.1,
          data: bytes,
          document: { set: { update: [1, null, { é: 'ü\u0001"' }] } },
          role: 'admin',
          roles: ['admin', 'member'],
          numbers: [9007199254740993n, -1n],
          amounts: [DIGITS, '1.50'],
          blobs: [bytes, new Uint8Array()],
          words: ['a,b', '{"'],
          at: new Date('2026-01-02T03:04:05.678Z'),
          isOpen: true,
          quotation: 'it\'s "quoted" $audit$ \\',
        },
      }),
    );
    const [entry] = await since.entries();
    expect(entry?.record).toEqual({ id: '9007199254740993' });
    expect(entry?.target_id).toBe('9007199254740993');
    expect(entry?.new).toEqual({
      id: '9007199254740993',
      big: '-9223372036854775808',
      amount: DIGITS,
      price: '12.34',
      ratio: 0.1,
      data: { sha256: sha256(bytes), length: 3 },
      document: { set: { update: [1, null, { é: 'ü\u0001"' }] } },
      role: 'admin',
      roles: ['admin', 'member'],
      numbers: ['9007199254740993', '-1'],
      amounts: [DIGITS, '1.500000000000000000000000000000'],
      blobs: [
        { sha256: sha256(bytes), length: 3 },
        { sha256: sha256(new Uint8Array()), length: 0 },
      ],
      words: ['a,b', '{"'],
      at: '2026-01-02T03:04:05.678+00:00',
      local: null,
      day: null,
      'is open?': true,
      [`it's $audit$`]: 'it\'s "quoted" $audit$ \\',
    });
  });

  it('tells null from nothing, and keeps microseconds', async () => {
    const since = await mark(database);
    await as('a', async () => {
      await prisma.$executeRaw`INSERT INTO specimens (id, at, local, day, document, data, numbers, blobs)
        VALUES (1, '2026-01-02 03:04:05.678901+09', '2026-01-02 03:04:05.678901', '2026-01-02', 'null', NULL, NULL, NULL)`;
      await prisma.$executeRaw`UPDATE specimens SET document = NULL, at = NULL, ratio = 'NaN', amount = 'NaN' WHERE id = 1`;
    });
    const [created, updated] = await since.entries();
    expect(created?.new).toMatchObject({
      at: '2026-01-01T18:04:05.678901+00:00',
      local: '2026-01-02T03:04:05.678901',
      day: '2026-01-02',
      document: null,
      data: null,
      numbers: null,
      blobs: null,
    });
    expect(updated?.new).toMatchObject({ at: null, ratio: 'NaN', amount: 'NaN' });
    expect(updated?.old).toEqual(created?.new);
  });

  it('is the same whatever the settings of the session', async () => {
    const since = await mark(database);
    await as(
      'a',
      () =>
        prisma.$executeRaw`INSERT INTO specimens (id, at, ratio) VALUES (2, '2026-07-01 00:00:00.5Z', 0.1::float8 + 0.2::float8)`,
    );
    await withSession(database.ownerUrl, async (client) => {
      await client.query(
        `SET timezone = 'Asia/Seoul'; SET extra_float_digits = -5; SET bytea_output = 'escape'; SET DateStyle = 'German'`,
      );
      await client.query(`UPDATE specimens SET words = '{x}' WHERE id = 2`);
    });
    const [created, updated] = await since.entries();
    expect(updated?.old).toEqual(created?.new);
    expect(created?.new).toMatchObject({ at: '2026-07-01T00:00:00.5+00:00', ratio: 0.30000000000000004 });
  });

  it('has ranges of dates the same whatever the DateStyle of the session', async () => {
    await asOwner(database, 'ALTER TABLE settings ADD COLUMN period daterange');
    const since = await mark(database);
    const insert = (key: string): string =>
      `INSERT INTO settings (key, value, period) VALUES ('${key}', '', daterange(make_date(2026, 2, 1), make_date(2026, 3, 5)))`;
    await asOwner(database, insert('iso'));
    await asOwner(database, `SET datestyle = 'SQL, DMY'; ${insert('dmy')}`);
    const entries = await since.entries();
    await asOwner(database, 'ALTER TABLE settings DROP COLUMN period');
    expect(entries.map((entry) => entry.new?.['period'])).toEqual(Array(2).fill('[2026-02-01,2026-03-05)'));
  });

  it('holds the digest and the length of a megabyte, not the megabyte', async () => {
    const since = await mark(database);
    const bytes = new Uint8Array(1024 * 1024).fill(7);
    await as('a', () => prisma.specimen.create({ data: { id: 3n, data: bytes } }));
    await as('a', () => prisma.specimen.update({ where: { id: 3n }, data: { data: bytes.fill(8) } }));
    const [created, updated] = await since.entries();
    expect(created?.new?.['data']).toEqual({
      sha256: sha256(new Uint8Array(1024 * 1024).fill(7)),
      length: 1024 * 1024,
    });
    expect([updated?.old?.['data'], updated?.new?.['data']]).toEqual([
      created?.new?.['data'],
      { sha256: sha256(bytes), length: 1024 * 1024 },
    ]);
    expect(JSON.stringify(updated).length).toBeLessThan(4000);
  });

  it('takes in columns that are added, and does without those that are dropped, while sessions are open', async () => {
    const since = await mark(database);
    await withSession(database.appUrl, async (app) => {
      const write = (value: string): Promise<unknown> =>
        app.query(`INSERT INTO settings (key, value) VALUES ('${randomUUID()}', '${value}')`);
      for (let n = 0; n < 7; n++) await write('before');
      await asOwner(database, `ALTER TABLE settings ADD COLUMN further int DEFAULT 5`);
      await write('added');
      await app.query(`UPDATE settings SET further = 6 WHERE value = 'added'`);
      await asOwner(database, `ALTER TABLE settings DROP COLUMN further`);
      await write('dropped');
      await app.query(`UPDATE settings SET value = 'late' WHERE value = 'dropped'`);
    });
    const entries = (await since.entries()).slice(7);
    expect(entries.map(({ old, new: fresh }) => [old?.['further'], fresh?.['further']])).toEqual([
      [undefined, 5],
      [5, 6],
      [undefined, undefined],
      [undefined, undefined],
    ]);
  });

  it('is made whatever the columns are called, and also where they are called as capture calls things', async () => {
    const names = [
      'i',
      't',
      'n',
      'o',
      'e',
      'm',
      'v',
      'place',
      'whole',
      'image',
      'v_seq',
      'v_tenant',
      'new_rows',
      'seq',
    ];
    const alter = (verb: string, after = ''): string =>
      ['settings', 'specimens', 'accounts', 'users']
        .map((table) => `ALTER TABLE ${table} ${names.map((name) => `${verb} ${name}${after}`).join(', ')};`)
        .join('');
    await asOwner(database, alter('ADD', ` text DEFAULT 'x'`));
    const since = await mark(database);
    await as('a', async () => {
      await prisma.setting.create({ data: { key: 'names', value: '1' } });
      await prisma.setting.update({ where: { key: 'names' }, data: { value: '2' } });
      await prisma.setting.delete({ where: { key: 'names' } });
      await prisma.specimen.create({ data: { id: 77n } });
      await prisma.specimen.update({ where: { id: 77n }, data: { words: ['x'] } });
      const { id } = await prisma.account.create({ data: { iban: 'names', password: 'x' } });
      await prisma.account.update({ where: { id }, data: { iban: 'changed' } });
      const user = await prisma.user.create({ data: { email: 'names' } });
      await prisma.user.update({ where: { id: user.id }, data: { name: 'x' } });
    });
    const entries = await since.entries();
    await asOwner(database, alter('DROP'));
    expect(entries.map(({ op }) => op)).toEqual([
      'insert',
      'update',
      'delete',
      'insert',
      'update',
      'insert',
      'update',
      'insert',
      'update',
    ]);
    expect(entries[0]?.new).toEqual({
      key: 'names',
      value: '1',
      ...Object.fromEntries(names.map((name) => [name, 'x'])),
    });
    expect(entries[6]?.new).toMatchObject({ iban: { redacted: true, changed: true }, t: 'x', i: 'x' });
  });
});

describe('the key of a row', () => {
  it('may have several columns', async () => {
    const since = await mark(database);
    await as('a', async () => {
      await prisma.seat.create({ data: { hall: 'a "b", c', number: 9007199254740993n } });
      await prisma.seat.update({
        where: { hall_number: { hall: 'a "b", c', number: 9007199254740993n } },
        data: { guest: 'x' },
      });
    });
    const entries = await since.entries();
    expect(entries.map(({ record }) => record)).toEqual(
      [1, 2].map(() => ({ hall: 'a "b", c', number: '9007199254740993' })),
    );
    expect(JSON.parse(entries[0]?.target_id ?? '')).toEqual(['a "b", c', '9007199254740993']);
  });

  it('may change, and rows may swap theirs: old and new are of one row', async () => {
    await asOwner(database, `INSERT INTO seats VALUES ('swap', 1, 'one'), ('swap', 2, 'two'), ('swap', 3, 'three')`);
    await asOwner(database, `ALTER TABLE seats DROP CONSTRAINT seats_pkey, ADD PRIMARY KEY (hall, number) DEFERRABLE`);
    const since = await mark(database);
    await as('a', async () => {
      await prisma.$executeRaw`UPDATE seats SET number = 4 - number WHERE hall = 'swap'`;
      await prisma.seat.update({ where: { hall_number: { hall: 'swap', number: 1n } }, data: { hall: 'else' } });
    });
    const entries = await since.entries();
    expect(
      entries.map(({ old, new: fresh }) => [old?.['guest'], old?.['number'], fresh?.['guest'], fresh?.['number']]),
    ).toEqual([
      ['one', '1', 'one', '3'],
      ['three', '3', 'three', '1'],
      ['three', '1', 'three', '1'],
    ]);
    expect(entries.map(({ metadata, target_id: target }) => [metadata?.['previousTargetId'], target])).toEqual([
      ['["swap", "1"]', '["swap", "3"]'],
      ['["swap", "3"]', '["swap", "1"]'],
      ['["swap", "1"]', '["else", "1"]'],
    ]);
  });
});
