import { InvalidOptionsError } from '@nestarc/core';
import type { TestDatabase } from '@nestarc/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assertAuditInstalled, AuditNotInstalledError, auditSql, type AuditSqlOptions } from '../../src';
import {
  as,
  asOwner,
  createAuditedDatabase,
  createClient,
  mark,
  OPTIONS,
  schemaClient,
  withSession,
} from '../fixture/database';
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

const problemsOf = (options: AuditSqlOptions = OPTIONS): Promise<readonly string[]> =>
  assertAuditInstalled(prisma, prisma, options).then(
    () => [],
    (error: AuditNotInstalledError) => error.problems,
  );

describe('auditSql', () => {
  it('refuses a model without a primary key, by name', () => {
    expect(() => auditSql(schemaClient())).toThrow(/the model Visit has no primary key/);
    expect(() => auditSql(schemaClient(), { trackedModels: ['User', 'Visit'] })).toThrow(InvalidOptionsError);
  });

  it.each<[string, AuditSqlOptions, RegExp]>([
    [
      'a model that is not there',
      { trackedModels: ['User', 'Usr'] },
      /trackedModels\[1\]: the schema has no model Usr/,
    ],
    ['a table name that is none', { tableName: 'a-b' }, /tableName/],
    ['a setting that is none', { settings: { operation: "x'" } }, /settings\.operation/],
    ['an option that is none', { trackedModel: ['User'] } as AuditSqlOptions, /trackedModel/],
  ])('refuses %s', (_what, options, message) => {
    expect(() => auditSql(schemaClient(), { ...OPTIONS, ...options })).toThrow(message);
  });

  it('leaves out the model of the audit table itself', () => {
    expect(auditSql(schemaClient(), OPTIONS)).not.toContain('capture_audit_logs');
  });

  it('may be run again and again', async () => {
    await asOwner(database, auditSql(prisma, OPTIONS));
    await asOwner(database, auditSql(prisma, OPTIONS));
    const since = await mark(database);
    await as('a', () => prisma.setting.create({ data: { key: 'again', value: '' } }));
    expect(await since.summary()).toEqual(['insert Setting']);
    expect(await problemsOf()).toEqual([]);
  });

  it('takes the triggers off models that are not tracked any more', async () => {
    const since = await mark(database);
    await asOwner(database, auditSql(prisma, { trackedModels: ['Setting'] }));
    await as('a', () => prisma.user.create({ data: { email: 'untracked' } }));
    await as('a', () => prisma.setting.create({ data: { key: 'tracked', value: '' } }));
    expect(await since.summary()).toEqual(['insert Setting']);
    expect(
      await asOwner(database, `SELECT proname FROM pg_proc WHERE proname LIKE 'audit_logs_capture_users'`),
    ).toEqual([]);
    await asOwner(database, auditSql(prisma, OPTIONS));
  });

  it('takes over a table of @nestarc/audit-log as it was published, with its rows', async () => {
    const legacy = await createAuditedDatabase(
      { partitioned: false },
      `CREATE TABLE audit_logs (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant_id text, actor_id text, actor_type text NOT NULL DEFAULT 'user',
         actor_ip text, action text NOT NULL, target_type text, target_id text, source text NOT NULL DEFAULT 'auto', changes jsonb, metadata jsonb,
         result text NOT NULL DEFAULT 'success', created_at timestamptz NOT NULL DEFAULT now());
       INSERT INTO audit_logs (tenant_id, action, changes) VALUES ('a', 'User.created', '{"name": {"after": "x"}}');`,
    );
    const client = createClient(legacy.appUrl);
    try {
      await as('a', () => client.user.create({ data: { email: 'new' } }));
      await assertAuditInstalled(client, client, { ...OPTIONS, partitioned: false });
      const rows = await asOwner(
        legacy,
        `SELECT action, changes IS NOT NULL AS legacy FROM audit_logs ORDER BY xid, seq`,
      );
      expect(rows).toEqual([
        { action: 'User.created', legacy: true },
        { action: 'User.created', legacy: false },
      ]);
      await expect(asOwner(legacy, auditSql(client, OPTIONS))).rejects.toThrow(/public\.audit_logs has no partitions/);
    } finally {
      await client.$disconnect();
      await legacy.drop();
    }
  });
});

describe('assertAuditInstalled', () => {
  it('is content with what auditSql installs, asked by Prisma or by pg', async () => {
    expect(await problemsOf()).toEqual([]);
    await withSession(database.appUrl, (client) => assertAuditInstalled(client, prisma, OPTIONS));
  });

  it.each<[string, string, RegExp]>([
    [
      'a trigger that is gone',
      `DROP TRIGGER "!audit_logs_update" ON users`,
      /trigger !audit_logs_update .* public\.users/,
    ],
    [
      'a trigger that is disabled',
      `ALTER TABLE posts DISABLE TRIGGER "!audit_logs_delete"`,
      /!audit_logs_delete .* public\.posts/,
    ],
    [
      'all triggers disabled',
      `ALTER TABLE billing.users DISABLE TRIGGER USER`,
      /model Payment \(billing\.users\) are not recorded/,
    ],
    [
      'a trigger with a condition',
      `DROP TRIGGER "!audit_logs_truncate" ON users; CREATE TRIGGER "!audit_logs_truncate" AFTER TRUNCATE ON users FOR EACH STATEMENT WHEN (current_user = 'x') EXECUTE FUNCTION audit_logs_capture_users()`,
      /!audit_logs_truncate/,
    ],
    [
      'a function with another body',
      `CREATE OR REPLACE FUNCTION audit_logs_capture_users() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN NULL; END'`,
      /model User .* another way/,
    ],
    [
      'a function that anybody may use',
      `GRANT EXECUTE ON FUNCTION audit_logs_capture_users() TO PUBLIC`,
      /model User .* another way/,
    ],
    [
      'an order function with another body',
      `CREATE OR REPLACE FUNCTION audit_logs_order() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`,
      /audit_logs_order/,
    ],
    [
      'row-level security that is off',
      `ALTER TABLE audit_logs NO FORCE ROW LEVEL SECURITY`,
      /row-level security is not forced/,
    ],
    ['a right to write', `GRANT INSERT ON audit_logs TO PUBLIC`, /may change public\.audit_logs/],
    [
      'entries that can be deleted',
      `ALTER TABLE audit_logs DISABLE TRIGGER audit_logs_no_delete_trg`,
      /audit_logs_no_delete_trg/,
    ],
  ])('refuses %s, and its SQL mends it', async (_what, damage, message) => {
    await asOwner(database, damage);
    const error: unknown = await assertAuditInstalled(prisma, prisma, OPTIONS).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AuditNotInstalledError);
    expect(error).toMatchObject({ code: 'AUDIT_NOT_INSTALLED', message: expect.stringMatching(message) as string });
    await asOwner(database, (error as AuditNotInstalledError).sql);
    expect(await problemsOf()).toEqual([]);
  });

  it('refuses a database without the audit table, one that tracks less, and one that tracks more', async () => {
    expect(await problemsOf({ ...OPTIONS, tableName: 'others' })).toContain(
      'the audit table public.others does not exist',
    );
    expect(await problemsOf({ trackedModels: ['User'] })).toContainEqual(
      expect.stringContaining('public.settings are recorded, although'),
    );
    expect(await problemsOf({ ...OPTIONS, sensitiveFieldsByModel: { User: ['email'] } })).toEqual([
      expect.stringContaining('model User (public.users) are recorded in another way'),
    ]);
  });
});
