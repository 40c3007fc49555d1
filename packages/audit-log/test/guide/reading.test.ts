import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { settled } from '../fixture/slow-transaction';
import { createGuideWorld, type GuideWorld } from './guide-world';

// #region list
import { type AuditEntry, type AuditService } from '@nestarc/audit-log';

/** A page of what users and their posts have gone through, newest first. */
export const page = (audit: AuditService, cursor?: string) =>
  audit.query({ action: 'User.*', from: new Date('2026-01-01'), limit: 20, cursor, includeTotal: false });
// #endregion list

// #region scan
/** Hands on what came since the last time: none twice, and none left out, however long its transaction took. */
export async function handOn(
  audit: AuditService,
  tenantId: string,
  after: string | undefined,
  deliver: (entries: readonly AuditEntry[]) => Promise<void>,
): Promise<string | undefined> {
  let delivered = after;
  for await (const { entries, checkpoint } of audit.scan({ tenantId, after })) {
    await deliver(entries);
    delivered = checkpoint; // keep it where the entries went, and begin there the next time
  }
  return delivered;
}
// #endregion scan

let world: GuideWorld;
let id: string;
beforeAll(async () => {
  world = await createGuideWorld();
  const { prisma } = world;
  ({ id } = await world.inRequest(() => prisma.user.create({ data: { email: 'ada', name: 'Ada', visits: 1 } })));
});
afterAll(() => world.close());

it('lists, page by page', async () => {
  const { audit } = world;
  await world.inRequest(async () => {
    const { entries, nextCursor } = await page(audit);
    expect([entries.length, nextCursor]).toEqual([1, null]);
    expect(await audit.getById(entries[0]?.id ?? '')).toEqual(entries[0]);
  });
});

it('hands on each entry once', async () => {
  const got: string[] = [];
  const deliver = async (entries: readonly AuditEntry[]): Promise<void> => {
    got.push(...entries.map(({ action }) => action));
    await Promise.resolve();
  };
  await settled(world.database);
  const checkpoint = await handOn(world.audit, 'acme', undefined, deliver);
  await world.inRequest(() => world.prisma.user.create({ data: { email: 'second' } }));
  await settled(world.database);
  await handOn(world.audit, 'acme', checkpoint, deliver);
  expect(got).toEqual(['User.created', 'User.created']);
});

it('exports', async () => {
  const { audit } = world;
  // #region csv
  const csv = audit.exportCsv({ tenantId: 'acme', from: new Date('2026-01-01'), includeBom: true });
  // #endregion csv
  expect((await text(csv)).split('\r\n')).toHaveLength(4);
});

it('tells what became of a row, how it was, and takes a request back', async () => {
  const { prisma, audit } = world;
  const before = new Date();
  await world.inRequest(() => prisma.user.update({ where: { id }, data: { name: 'Augusta' } }), { requestId: 'r-2' });
  await world.inRequest(
    async () => {
      // #region history
      const history = await audit.history('User', id);
      expect(history.map(({ action, changes }) => [action, changes?.['name']])).toEqual([
        ['User.updated', { before: 'Ada', after: 'Augusta' }],
        ['User.created', { after: 'Ada' }],
      ]);
      // #endregion history

      // #region as-of
      const { rows, isComplete } = await audit.asOf('User', before, { keys: [id] });
      expect(rows).toMatchObject([{ name: 'Ada' }]);
      expect(isComplete).toBe(true);
      // #endregion as-of

      // #region requests
      const [request] = await audit.requests({ actorId: 'u-1', limit: 1 });
      expect(request).toMatchObject({ requestId: 'r-2', entries: 1, actions: ['User.updated'] });
      const changes = await audit.changesOfRequest('r-2');
      expect(changes.map(({ targetId }) => targetId)).toEqual([id]);
      // #endregion requests

      // #region revert
      const { reverted } = await audit.revert('r-2', { reason: 'ticket 7' });
      expect(reverted).toBe(1);
      expect(await prisma.user.findUnique({ where: { id } })).toMatchObject({ name: 'Ada' });
      // #endregion revert
    },
    { requestId: 'r-3', user: 'admin' },
  );
});

it('refuses to take back what was changed since, and names the rows', async () => {
  const { prisma, audit } = world;
  const rename = (name: string) => () => prisma.user.update({ where: { id }, data: { name } });
  await world.inRequest(rename('One'), { requestId: 'r-4' });
  await world.inRequest(rename('Two'), { requestId: 'r-5' });
  await world.inRequest(
    async () => {
      // #region conflict
      await expect(audit.revert('r-4')).rejects.toMatchObject({
        code: 'AUDIT_REVERT_CONFLICT',
        conflicts: [{ model: 'User', targetId: id, obstacle: 'changed' }],
      });
      // #endregion conflict
    },
    { requestId: 'r-6' },
  );
});
