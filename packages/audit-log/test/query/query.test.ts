import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditService, type AuditEntry, type AuditQueryOptions } from '../../src';
import { createAuditorDatabase, type AuditorDatabase } from '../fixture/auditor';
import { as, asOwner, createClient, entriesOf } from '../fixture/database';
import type { PrismaClient } from '../fixture/generated/client';

let audited: AuditorDatabase;
let prisma: PrismaClient;
let auditorPrisma: PrismaClient;
let audit: AuditService;
beforeAll(async () => {
  audited = await createAuditorDatabase();
  prisma = createClient(audited.database.appUrl);
  auditorPrisma = createClient(audited.auditorUrl);
  audit = AuditService.of(prisma, { auditorPrisma });
  await as('a', work, { actor: { id: 'u1', type: 'user' }, requestId: 'r1' });
  await as('b', work);
});
afterAll(async () => {
  await prisma.$disconnect();
  await auditorPrisma.$disconnect();
  await audited.drop();
});

async function work(): Promise<void> {
  const { id } = await prisma.user.create({ data: { email: 'x', name: 'one' } });
  await prisma.user.update({ where: { id }, data: { name: 'two', visits: 3 } });
  await prisma.user.delete({ where: { id } });
  await audit.log({ action: 'user.100%_sure', targetType: 'User', targetId: id, result: 'failure' });
  await audit.log({ action: 'user.100xxsure' });
}

const list = async (options: AuditQueryOptions = {}, tenant = 'a'): Promise<AuditEntry[]> =>
  (await as(tenant, () => audit.query(options))).entries;
const actions = async (options: AuditQueryOptions): Promise<string[]> =>
  (await list(options)).map(({ action }) => action);

describe('query', () => {
  it('gives the entries of the tenant of the context, newest first, with the published fields', async () => {
    const { entries, total, hasMore, nextCursor } = await as('a', () => audit.query());
    expect({ total, hasMore, nextCursor }).toEqual({ total: 5, hasMore: false, nextCursor: null });
    expect(entries.map(({ action }) => action)).toEqual([
      'user.100xxsure',
      'user.100%_sure',
      'User.deleted',
      'User.updated',
      'User.created',
    ]);
    expect(new Set(entries.map(({ tenantId }) => tenantId))).toEqual(new Set(['a']));
    expect(entries[4]).toMatchObject({
      tenantId: 'a',
      actorId: 'u1',
      actorType: 'user',
      actorIp: null,
      targetType: 'User',
      source: 'auto',
      result: 'success',
      requestId: 'r1',
      op: 'insert',
      metadata: null,
      createdAt: expect.any(Date) as Date,
    });
  });

  it('tells what changed by field, worked out from the images', async () => {
    const [deleted, updated, created] = (await list({ action: 'User.*' })).map(({ changes }) => changes);
    expect(created).toMatchObject({ name: { after: 'one' }, deletedAt: { after: null }, tenantId: { after: 'a' } });
    expect(created?.['name']).not.toHaveProperty('before');
    expect(Object.keys(updated ?? {}).sort()).toEqual(['name', 'updatedAt', 'visits']);
    expect(updated).toMatchObject({ name: { before: 'one', after: 'two' }, visits: { before: 0, after: 3 } });
    expect(deleted).toMatchObject({ name: { before: 'two' }, visits: { before: 3 } });
    const [entry] = await list({ action: 'User.updated' });
    expect(entry?.record).toEqual({ id: entry?.targetId });
    expect(entry?.before).toMatchObject({ tenantId: 'a', name: 'one' });
  });

  it('tells that a redacted value has changed, and nothing of it', async () => {
    const { id } = await as('c', () => prisma.account.create({ data: { iban: 'DE1', phone: '1', password: 'p' } }));
    await as('c', () => prisma.account.update({ where: { id }, data: { iban: 'DE2', password: 'q' } }));
    const [updated] = await list({ action: 'Account.updated' }, 'c');
    expect(updated?.changes).toEqual({
      iban: { before: { redacted: true }, after: { redacted: true } },
      password: { before: 'p', after: 'q' },
    });
  });

  it.each<[AuditQueryOptions, string[]]>([
    [{ action: 'User.created' }, ['User.created']],
    [{ action: '*.deleted' }, ['User.deleted']],
    [{ action: 'User.*ed' }, ['User.deleted', 'User.updated', 'User.created']],
    [{ action: 'user.100%_*' }, ['user.100%_sure']],
    [{ action: '*%*' }, ['user.100%_sure']],
    [{ action: 'us_r.*' }, []],
    [{ result: 'failure' }, ['user.100%_sure']],
    [{ source: 'manual' }, ['user.100xxsure', 'user.100%_sure']],
    [{ actorId: 'u1', limit: 1 }, ['user.100xxsure']],
    [{ actorId: 'u2' }, []],
    [{ actorType: 'system' }, []],
    [{ requestId: 'r1', offset: 4 }, ['User.created']],
    [{ targetType: 'User', action: 'user*' }, ['user.100%_sure']],
    [{ to: new Date(0) }, []],
    [{ from: new Date('9999-12-31') }, []],
  ])('filters: %o', async (options, expected) => {
    expect(await actions(options)).toEqual(expected);
  });

  it.each([
    [{ limit: 0 }, 'limit'],
    [{ limit: 1.5 }, 'limit'],
    [{ offset: -1 }, 'offset'],
    [{ offset: 1, cursor: 'x' }, 'cursor'],
    [{ tenantId: 'a', allTenants: true }, 'allTenants'],
    [{ actor: 'x' }, 'actor'],
    [{ from: 'yesterday' }, 'from'],
    [{ to: new Date(8.64e15) }, 'to'],
  ])('refuses %o, naming the option', async (options, path) => {
    await expect(as('a', () => audit.query(options as AuditQueryOptions))).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
      message: expect.stringContaining(path) as string,
    });
  });

  it('refuses cursors that it has not given out', async () => {
    for (const cursor of [
      'x',
      Buffer.from('v1|2020|x').toString('base64url'),
      Buffer.from('v9|a|b').toString('base64url'),
    ]) {
      await expect(as('a', () => audit.query({ cursor }))).rejects.toMatchObject({ code: 'AUDIT_CURSOR_INVALID' });
    }
  });
});

describe('whose entries are read', () => {
  it('has to be said where the context does not say it', async () => {
    await expect(audit.query()).rejects.toMatchObject({ code: 'TENANT_CONTEXT_MISSING' });
    await expect(as('a', () => audit.query(), { mode: 'bypass' })).rejects.toMatchObject({
      code: 'TENANT_CONTEXT_MISSING',
    });
    expect((await audit.query({ tenantId: 'a' })).total).toBe(5);
  });

  it('cannot be another tenant than that of the request', async () => {
    await expect(list({ tenantId: 'b' })).rejects.toMatchObject({ code: 'AUDIT_TENANT_MISMATCH', status: 403 });
    expect(await list({ tenantId: 'A' })).toHaveLength(5);
  });

  it('without a tenant is what has none, where none is required', async () => {
    const free = AuditService.of(auditorPrisma, { tenantRequired: false });
    await asOwner(audited.database, `INSERT INTO settings VALUES ('k', 'v')`);
    const { entries } = await free.query();
    expect(entries.length).toBeGreaterThan(0);
    expect(new Set(entries.map(({ tenantId }) => tenantId))).toEqual(new Set([null]));
  });

  it('is everybody only for auditors, and that is recorded', async () => {
    const plain = AuditService.of(prisma);
    await expect(plain.query({ allTenants: true })).rejects.toMatchObject({ code: 'AUDIT_AUDITOR_REQUIRED' });
    const pretended = AuditService.of(prisma, { auditorPrisma: prisma });
    await expect(as('a', () => pretended.query({ allTenants: true }))).rejects.toMatchObject({
      code: 'AUDIT_AUDITOR_REQUIRED',
      message: expect.stringContaining('auditorRoles') as string,
    });
    const { entries } = await as('a', () => audit.query({ allTenants: true, action: 'User.created' }), {
      actor: { id: 'boss', type: 'user' },
    });
    expect(entries.map(({ tenantId }) => tenantId)).toEqual(['b', 'a']);
    expect(await entriesOf(audited.database, `action = 'Audit.readAllTenants'`)).toMatchObject([
      { actor_id: 'boss', tenant_id: null, source: 'manual', metadata: { operation: 'AuditService.query()' } },
    ]);
  });
});

describe('getById', () => {
  it('finds an entry of the tenant, and nothing of others', async () => {
    const [entry] = await list({ limit: 1 });
    const id = entry?.id ?? '';
    expect(await as('a', () => audit.getById(id))).toEqual(entry);
    expect(await as('b', () => audit.getById(id))).toBeNull();
    expect(await audit.getById(id, { tenantId: 'a' })).toEqual(entry);
    await expect(audit.getById(id)).rejects.toMatchObject({ code: 'TENANT_CONTEXT_MISSING' });
  });

  it('finds entries that were there before this package numbered them', async () => {
    const id = '11111111-1111-4111-8111-111111111111';
    await asOwner(audited.database, `INSERT INTO audit_logs (id, tenant_id, action) VALUES ('${id}', 'a2', 'old')`);
    expect(await as('a2', () => audit.getById(id))).toMatchObject({ id, action: 'old', changes: null });
  });

  it.each(['', 'x', '1', '00000000-0000-0000-0000-00000000000'])('gives null for %o, which is no id', async (id) => {
    expect(await as('a', () => audit.getById(id))).toBeNull();
  });
});
