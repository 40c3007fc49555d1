// #region service
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { AuditService } from '@nestarc/audit-log';

/** What an administrator of a tenant looks at: the tenant is that of the request. */
export class AuditTrail {
  constructor(private readonly audit: AuditService) {}

  /** Who changed users lately. */
  async latest(cursor?: string): Promise<string[]> {
    const { entries } = await this.audit.query({ action: 'User.*', limit: 20, cursor });
    return entries.map(({ actorId, action, changes }) => `${actorId} ${action} ${Object.keys(changes ?? {}).join()}`);
  }

  /** What became of one user, and how it was. */
  async user(id: string, time: Date): Promise<unknown[]> {
    const { rows } = await this.audit.asOf('User', time, { keys: [id] });
    return [...(await this.audit.history('User', id)), ...rows];
  }

  /** Notes what no table shows. */
  async downloaded(invoice: string): Promise<void> {
    await this.audit.log({ action: 'invoice.downloaded', targetType: 'Invoice', targetId: invoice });
  }

  /** Takes back what a request did: all of it, or nothing. */
  async undo(requestId: string, ticket: string): Promise<number> {
    const { reverted } = await this.audit.revert(requestId, { reason: ticket });
    return reverted;
  }

  /** Everything, oldest first, page by page. */
  async export(tenantId: string, file: string): Promise<void> {
    await pipeline(this.audit.exportCsv({ tenantId }), createWriteStream(file));
  }
}
// #endregion service

// #region prune
/** Once a day, as a role that may: `owner` is a client of the owner of the audit table, or of one of `prunerRoles`. */
export async function forget(audit: AuditService, owner: object, delivered: string): Promise<number> {
  const olderThan = new Date(Date.now() - 400 * 24 * 60 * 60 * 1000);
  const { deletedRows } = await audit.prune({ olderThan, client: owner, requiredCheckpoints: [delivered] });
  return deletedRows;
}
// #endregion prune

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestDatabase } from '@nestarc/testing';
import { AuditService as Service } from '../../src';
import { as, asOwner, createAuditedDatabase, createClient } from '../fixture/database';
import { PrismaClient } from '../fixture/generated/client';
import { settled } from '../fixture/slow-transaction';

let database: TestDatabase;
let prisma: PrismaClient;
beforeAll(async () => {
  database = await createAuditedDatabase({ trackedModels: ['User'] });
  prisma = createClient(database.appUrl);
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});

it('shows a tenant its trail, takes back a request, exports all of it, and forgets what is old', async () => {
  const audit = Service.of(prisma);
  const trail = new AuditTrail(audit);
  const actor = { id: 'u1', type: 'user' };
  const { id } = await as('a', () => prisma.user.create({ data: { email: 'x', name: 'one' } }), { actor });
  const rename = (): Promise<unknown> => prisma.user.update({ where: { id }, data: { name: 'two' } });
  await as('a', rename, { actor, requestId: 'r1' });
  expect((await as('a', () => trail.latest()))[0]).toMatch(/^u1 User.updated (name,updatedAt|updatedAt,name)$/);
  expect(await as('a', () => trail.user(id, new Date(Date.now() + 1000)))).toHaveLength(3);
  await as('a', () => trail.downloaded('7'));
  expect(await as('a', () => trail.undo('r1', 'ticket 7'))).toBe(1);
  await settled(database);
  const folder = await mkdtemp(join(tmpdir(), 'audit-'));
  try {
    await trail.export('a', join(folder, 'audit.csv'));
    expect((await readFile(join(folder, 'audit.csv'), 'utf8')).split('\r\n')).toHaveLength(7);
  } finally {
    await rm(folder, { recursive: true });
  }
  await asOwner(database, `INSERT INTO audit_logs (action, created_at) VALUES ('old', now() - interval '500 days')`);
  await settled(database);
  let delivered = '';
  for await (const { checkpoint } of audit.scan({ tenantId: 'a' })) delivered = checkpoint;
  const owner = new PrismaClient({ adapter: new PrismaPg({ connectionString: database.ownerUrl }) });
  expect(await forget(audit, owner, delivered)).toBe(1);
  await owner.$disconnect();
});
