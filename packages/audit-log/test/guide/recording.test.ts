import { afterAll, beforeAll, expect, it } from 'vitest';
import { AuditContext } from '@nestarc/audit-log';
import { asOwner, mark } from '../fixture/database';
import { createGuideWorld, type GuideWorld } from './guide-world';

let world: GuideWorld;
beforeAll(async () => {
  world = await createGuideWorld();
});
afterAll(() => world.close());

it('an entry has who, where, what, and the row before and after', async () => {
  const { prisma, audit } = world;
  await world.inRequest(async () => {
    // #region entry
    const { id } = await prisma.user.create({ data: { email: 'ada@acme.example', name: 'Ada' } });
    await prisma.user.update({ where: { id }, data: { name: 'Ada Lovelace' } });
    const [entry] = await audit.history('User', id);
    expect(entry).toMatchObject({
      tenantId: 'acme',
      actorId: 'u-1',
      actorType: 'user',
      action: 'User.updated',
      op: 'update',
      targetType: 'User',
      targetId: id,
      source: 'auto',
      result: 'success',
      requestId: 'r-1',
      before: { email: 'ada@acme.example', name: 'Ada' },
      after: { email: 'ada@acme.example', name: 'Ada Lovelace' },
      changes: { name: { before: 'Ada', after: 'Ada Lovelace' } },
    });
    // #endregion entry
  });
});

it('what is rolled back was not done, and is not recorded', async () => {
  const { prisma } = world;
  const since = await mark(world.database);
  await world.inRequest(async () => {
    // #region rollback
    const undone = prisma.$transaction(async (tx) => {
      await tx.user.create({
        data: { email: 'bob@acme.example', posts: { create: [{ title: 'a' }, { title: 'b' }] } },
      });
      throw new Error('on second thought');
    });
    await expect(undone).rejects.toThrow('on second thought');
    // #endregion rollback
  });
  expect(await since.entries()).toEqual([]);
});

it('every row is recorded, whichever way it is written', async () => {
  const { prisma } = world;
  const since = await mark(world.database);
  await world.inRequest(async () => {
    // #region ways
    const { id } = await prisma.user.create({
      data: { email: 'eve@acme.example', posts: { create: [{ title: 'a' }, { title: 'b' }] } },
    });
    await prisma.post.updateMany({ where: { authorId: id }, data: { title: 'c' } });
    await prisma.$executeRaw`UPDATE users SET visits = visits + 1 WHERE id = ${id}::uuid`;
    await prisma.user.delete({ where: { id } }); // ON DELETE CASCADE takes the posts along
    // #endregion ways
  });
  expect(await since.summary()).toEqual([
    ...['insert User', 'insert Post', 'insert Post', 'update Post', 'update Post', 'update User'],
    ...['delete User', 'delete Post', 'delete Post'],
  ]);
});

it('psql is recorded as well, by the role that it is connected as', async () => {
  const since = await mark(world.database);
  await asOwner(
    world.database,
    `SELECT set_config('app.current_tenant', 'acme', false);
     INSERT INTO accounts (iban, password_hash) VALUES ('DE00', 'x')`,
  );
  expect(await since.entries()).toMatchObject([{ action: 'Account.created', actor_type: 'system', actor_id: null }]);
  expect((await since.entries())[0]?.metadata).toHaveProperty('dbRole');
});

it('a suppressed statement leaves a marker that counts its rows', async () => {
  const { prisma } = world;
  const since = await mark(world.database);
  const rows = [{ email: 'x1' }, { email: 'x2' }, { email: 'x3' }];
  await world.inRequest(async () => {
    // #region suppressed
    await AuditContext.run({ actor: { id: 'import', type: 'job' }, noAudit: true }, () =>
      prisma.user.createMany({ data: rows }),
    );
    // #endregion suppressed
  });
  expect(await since.entries()).toMatchObject([
    { action: 'User.created', target_id: null, metadata: { suppressed: true, count: 3 } },
  ]);
});

it('an entry of the application is kept together with the change, or neither is', async () => {
  const { prisma, audit } = world;
  const since = await mark(world.database);
  await world.inRequest(async () => {
    // #region log
    await prisma.$transaction(async (tx) => {
      const { id } = await tx.user.create({ data: { email: 'kim@acme.example' } });
      await audit.log({ action: 'invitation.sent', targetType: 'User', targetId: id, metadata: { by: 'mail' } });
    });
    // #endregion log
    const undone = prisma.$transaction(async () => {
      await audit.log({ action: 'never' });
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
  });
  expect((await since.entries()).map(({ action, source }) => `${action} ${source}`)).toEqual([
    'User.created auto',
    'invitation.sent manual',
  ]);
});

it('what failed is recorded behind the transaction that it failed in', async () => {
  const { prisma, audit } = world;
  const since = await mark(world.database);
  await world.inRequest(async () => {
    // #region failure
    try {
      await prisma.user.create({ data: { email: 'kim@acme.example' } });
    } catch (error) {
      await audit.log({
        action: 'user.create',
        result: 'failure',
        metadata: { code: (error as { code?: string }).code },
      });
    }
    // #endregion failure
  });
  expect(await since.entries()).toMatchObject([
    { action: 'user.create', result: 'failure', metadata: { code: 'P2002' } },
  ]);
});
