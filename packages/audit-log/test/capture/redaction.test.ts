import { InvalidOptionsError } from '@nestarc/core';
import type { TestDatabase } from '@nestarc/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditSql } from '../../src';
import { as, createAuditedDatabase, createClient, mark, OPTIONS, schemaClient, withSession } from '../fixture/database';
import type { PrismaClient } from '../fixture/generated/client';

let database: TestDatabase;
let prisma: PrismaClient;
beforeAll(async () => {
  database = await createAuditedDatabase({
    sensitiveFields: ['Api-Key'],
    sensitiveFieldsByModel: { Account: ['password'] },
  });
  prisma = createClient(database.appUrl);
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});

const REDACTED = { redacted: true };

describe('what is redacted', () => {
  it('by annotation or option never gets into the audit table, and whether it changed does', async () => {
    const since = await mark(database);
    await as('a', async () => {
      const { id } = await prisma.account.create({
        data: { iban: 'CH93-secret', phone: null, password: 'hunter-secret', profile: { a: 1 } },
      });
      await prisma.account.update({ where: { id }, data: { iban: 'DE12-secret', phone: '+41-secret' } });
      await prisma.account.update({ where: { id }, data: { profile: { a: 2 } } });
      await prisma.account.delete({ where: { id } });
    });
    const entries = await since.entries();
    const [created, changed, other, deleted] = entries;
    expect(created?.new).toMatchObject({ iban: REDACTED, phone: REDACTED, password_hash: REDACTED, profile: { a: 1 } });
    expect(changed?.old).toMatchObject({ iban: REDACTED, phone: REDACTED, password_hash: REDACTED });
    expect(changed?.new).toMatchObject({
      iban: { redacted: true, changed: true },
      phone: { redacted: true, changed: true },
      password_hash: REDACTED,
    });
    expect(other?.new).toMatchObject({ iban: REDACTED, phone: REDACTED, profile: { a: 2 } });
    expect(deleted?.old).toMatchObject({ iban: REDACTED });
    expect(JSON.stringify(entries)).not.toContain('secret');
  });

  it('includes keys in JSON, at any depth and in any spelling', async () => {
    const since = await mark(database);
    await as('a', () =>
      prisma.account.create({
        data: {
          iban: '',
          password: '',
          profile: {
            apiKey: 'secret',
            list: [{ API_KEY: ['secret'], b: 'x' }, 'apiKey'],
            'api-key': null,
            password: 'secret',
            empty: {},
            none: [],
          },
        },
      }),
    );
    const [entry] = await since.entries();
    expect(entry?.new?.['profile']).toEqual({
      apiKey: REDACTED,
      list: [{ API_KEY: REDACTED, b: 'x' }, 'apiKey'],
      'api-key': REDACTED,
      password: REDACTED,
      empty: {},
      none: [],
    });
  });

  it('includes keys in the metadata of the context', async () => {
    const since = await mark(database);
    const metadata = { job: 'import', request: { apiKey: 'secret' }, password: 'secret' };
    const settings = { 'app.audit_context': JSON.stringify({ metadata }) };
    await as('a', () => prisma.account.create({ data: { iban: '', password: '' } }), { settings });
    const [entry] = await since.entries();
    expect(entry?.metadata).toEqual({
      job: 'import',
      request: { apiKey: REDACTED },
      password: REDACTED,
      dbRole: expect.any(String) as string,
    });
  });

  it('is not in the files of the audit table either', async () => {
    const [row] = await withSession(
      database.ownerUrl,
      async (client) =>
        (await client.query<{ n: number }>(`SELECT count(*)::int AS n FROM audit_logs a WHERE a::text LIKE '%secret%'`))
          .rows,
    );
    expect(row?.n).toBe(0);
  });

  it('cannot be the primary key, by which an entry names its row', () => {
    expect(() => auditSql(schemaClient(), { ...OPTIONS, sensitiveFieldsByModel: { Setting: ['key'] } })).toThrow(
      InvalidOptionsError,
    );
    expect(() => auditSql(schemaClient(), { ...OPTIONS, sensitiveFieldsByModel: { Setting: ['key'] } })).toThrow(
      /Setting\.key/,
    );
  });
});
