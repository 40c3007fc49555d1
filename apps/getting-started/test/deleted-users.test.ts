import { readFileSync } from 'node:fs';
import path from 'node:path';
import { migrate } from '@nestarc/postgres/migrations';
import { createPrismaSoftDeleteExtension, softDeleteSql } from '@nestarc/soft-delete';
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

async function ask(tenant: string, method: string, route = '', body?: object): Promise<[number, unknown]> {
  const response = await fetch(`http://localhost:${application.port}/users${route}`, {
    method,
    headers: { 'X-Tenant-Id': tenant, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return [response.status, await response.json()];
}

const CAROL = { id: 1, name: 'Carol', tenantId: 'tenant-a' };

test('a deleted user is gone for the tenant, is in its list of deleted ones, and comes back', async () => {
  await ask('tenant-a', 'POST', '', { name: 'Carol' });
  expect(await ask('tenant-a', 'DELETE', '/1')).toEqual([200, CAROL]);
  expect(await ask('tenant-a', 'GET')).toEqual([200, []]);
  expect(await ask('tenant-a', 'GET', '/deleted')).toEqual([
    200,
    [{ ...CAROL, deletedAt: expect.any(String) as string }],
  ]);
  expect(await ask('tenant-a', 'DELETE', '/1')).toMatchObject([404, { code: 'RECORD_NOT_FOUND' }]);
  expect(await ask('tenant-a', 'POST', '/1/restore')).toEqual([200, CAROL]);
  expect(await ask('tenant-a', 'GET')).toEqual([200, [CAROL]]);
  expect(await ask('tenant-a', 'POST', '/1/restore')).toMatchObject([409, {}]);
});

test('for another tenant there is no such user, deleted or not', async () => {
  const attempts = [
    ['DELETE', '/1'],
    ['POST', '/1/restore'],
  ] as const;
  for (const [method, route] of attempts) expect(await ask('tenant-b', method, route)).toMatchObject([404, {}]);
  await ask('tenant-a', 'DELETE', '/1');
  for (const [method, route] of attempts) expect(await ask('tenant-b', method, route)).toMatchObject([404, {}]);
  expect(await ask('tenant-b', 'GET', '/deleted')).toEqual([200, []]);
  expect(await ask('tenant-a', 'GET', '/deleted')).toMatchObject([200, [CAROL]]);
});

test('the migration is what softDeleteSql prints for the client', () => {
  const client = new PrismaClient({ adapter: new PrismaPg({}) }).$extends(
    createPrismaSoftDeleteExtension({ softDeleteModels: ['User'] }),
  );
  expect(readFileSync(path.join(MIGRATIONS, '0003_soft_delete.sql'), 'utf8').trim()).toBe(softDeleteSql(client).trim());
});
