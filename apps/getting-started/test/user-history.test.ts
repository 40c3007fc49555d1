import { readFileSync } from 'node:fs';
import path from 'node:path';
import { auditSql } from '@nestarc/audit-log';
import { migrate } from '@nestarc/postgres/migrations';
import { createTestDatabase, type TestDatabase } from '@nestarc/testing';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '@prisma/client';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { bootstrap, type Application } from '../src/main';

const MIGRATIONS = path.resolve(__dirname, '../migrations');

let database: TestDatabase;
let application: Application;

beforeAll(async () => {
  database = await createTestDatabase();
  await migrate({ connectionString: database.ownerUrl, directory: MIGRATIONS });
  vi.stubEnv('DATABASE_URL', database.appUrl);
  application = await bootstrap(0);
});

afterAll(async () => {
  await application.close();
  vi.unstubAllEnvs();
  await database.drop();
});

async function ask(
  tenant: string,
  method: string,
  route: string,
  headers: Record<string, string> = {},
): Promise<unknown> {
  const response = await fetch(`http://localhost:${application.port}/users${route}`, {
    method,
    headers: { 'X-Tenant-Id': tenant, 'Content-Type': 'application/json', ...headers },
    ...(method === 'POST' && route === '' ? { body: JSON.stringify({ name: 'Carol' }) } : {}),
  });
  return response.json();
}

const MARKS = ['deletedAt', 'deletedBy', 'deletionId'];

test('what happens to a user is on record, with who did it, for its tenant alone', async () => {
  await ask('tenant-a', 'POST', '', { 'X-User-Id': 'ann' });
  await ask('tenant-a', 'DELETE', '/1', { 'X-User-Id': 'bob' });
  await ask('tenant-a', 'POST', '/1/restore');
  expect(await ask('tenant-a', 'GET', '/1/history')).toEqual([
    { action: 'User.restored', actorId: null, changed: MARKS },
    { action: 'User.softDeleted', actorId: 'bob', changed: MARKS },
    { action: 'User.created', actorId: 'ann', changed: ['id', 'name', 'tenantId', ...MARKS] },
  ]);
  expect(await ask('tenant-b', 'GET', '/1/history')).toEqual([]);
});

test('what did not happen is not on record', async () => {
  await ask('tenant-b', 'DELETE', '/1', { 'X-User-Id': 'eve' });
  expect(await ask('tenant-a', 'GET', '/1/history')).toHaveLength(3);
  expect(await ask('tenant-b', 'GET', '/1/history')).toEqual([]);
});

test('the migration is what auditSql prints for the client', () => {
  const client = new PrismaClient({ adapter: new PrismaPg({}) });
  const printed = auditSql(client, { trackedModels: ['User'] });
  expect(readFileSync(path.join(MIGRATIONS, '0004_audit_log.sql'), 'utf8').trim()).toBe(printed.trim());
});
