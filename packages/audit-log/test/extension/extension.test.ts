import { createContext, parseTenantId, runWithContext } from '@nestarc/core';
import { attachContext, TransactionHost } from '@nestarc/prisma';
import type { TestDatabase } from '@nestarc/testing';
import { PrismaPg } from '@prisma/adapter-pg';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AuditContext,
  type AuditErrorContext,
  auditSql,
  type AuditTransactionClient,
  createAuditedClient,
  createAuditExtension,
} from '../../src';
import { type AuditedClient, createAudited } from '../fixture/audited-client';
import { as, asOwner, createAuditedDatabase, mark, OPTIONS } from '../fixture/database';
import { PrismaClient } from '../fixture/generated/client';

let database: TestDatabase;
let prisma: AuditedClient;
beforeAll(async () => {
  database = await createAuditedDatabase();
  prisma = createAudited(database.appUrl);
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});

const email = (): string => randomUUID();
const bare = (): PrismaClient => new PrismaClient({ adapter: new PrismaPg({ connectionString: database.appUrl }) });
const problemsOf = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return (error as { problems?: unknown }).problems ?? error;
  }
  return undefined;
};

describe('an audited client', () => {
  it('is the client itself, with two methods more, and the types of both', async () => {
    const client = bare();
    const extended = client.$extends(createAuditExtension(OPTIONS));
    expect(extended).toBe(client);
    const found = await as('a', () =>
      extended.withAuditTransaction((tx) => tx.user.findMany({ select: { name: true } })),
    );
    const named: { name: string | null }[] = found;
    expect(named).toEqual([]);
    const further = extended.$extends({ model: { user: { shout: () => 'HELLO' } } });
    const said: string = await as('a', () => further.withAuditTransaction(async (tx) => tx.user.shout()));
    expect(said).toBe('HELLO');
    await client.$disconnect();
  });

  it('leaves the answer and the arguments of an operation as they are, and knows its row', async () => {
    const since = await mark(database);
    const args = Object.freeze({
      data: Object.freeze({ email: email(), name: 'x' }),
      select: Object.freeze({ name: true }),
    });
    expect(await as('a', () => prisma.user.create(args))).toEqual({ name: 'x' });
    const omitted = await as('a', () =>
      prisma.user.create({ data: { email: email() }, omit: { id: true, updatedAt: true } }),
    );
    expect(Object.keys(omitted).sort()).toEqual(['deletedAt', 'email', 'name', 'role', 'tenantId', 'visits']);
    expect((await since.entries()).map((entry) => entry.target_id)).toEqual([
      expect.stringMatching(/^[0-9a-f-]{36}$/),
      expect.stringMatching(/^[0-9a-f-]{36}$/),
    ]);
  });

  it('may be extended twice with the same options, and not with others', async () => {
    const client = bare().$extends(createAuditExtension(OPTIONS));
    expect(client.$extends(createAuditExtension(OPTIONS))).toBe(client);
    const other = createAuditExtension({ trackedModels: ['User'] });
    expect(problemsOf(() => client.$extends(other))).toMatchObject([
      { message: expect.stringContaining('other options') as string },
    ]);
  });

  it('refuses to write where the database records in another way, until it does not', async () => {
    const client = createAudited(database.appUrl, { sensitiveFields: ['name'] });
    const create = () => as('a', () => client.user.create({ data: { email: email(), name: 'secret' } }));
    await expect(create()).rejects.toMatchObject({
      code: 'AUDIT_NOT_INSTALLED',
      problems: expect.arrayContaining([expect.stringContaining('model User')]) as unknown,
    });
    const error: unknown = await create().catch((thrown: unknown) => thrown);
    await asOwner(database, (error as { sql: string }).sql);
    try {
      const since = await mark(database);
      await create();
      expect((await since.entries())[0]?.new).toMatchObject({ name: { redacted: true } });
    } finally {
      await asOwner(database, auditSql(client, OPTIONS));
      await client.$disconnect();
    }
  });

  it('works whether it is attached to the context before or after, or only by itself', async () => {
    const [before, after] = [bare(), bare()];
    attachContext(before, { dangerouslyAllowUnprotectedJoinTables: true });
    createAuditedClient(before, OPTIONS);
    createAuditedClient(after, OPTIONS);
    attachContext(after, { dangerouslyAllowUnprotectedJoinTables: true });
    for (const client of [before, after, prisma]) {
      const since = await mark(database);
      await as('a', () =>
        AuditContext.runAs({ id: 'u1', type: 'user' }, () => client.user.create({ data: { email: email() } })),
      );
      expect(await since.entries()).toMatchObject([{ actor_id: 'u1', tenant_id: 'a' }]);
    }
    await before.$disconnect();
    await after.$disconnect();
  });

  it('refuses a role that could change what was recorded, unless that is asked for', async () => {
    const owner = createAudited(database.ownerUrl);
    await expect(as('a', () => owner.user.count())).rejects.toMatchObject({ code: 'DATABASE_ROLE_PRIVILEGED' });
    await owner.$disconnect();
    const allowed = createAudited(database.ownerUrl, { dangerouslyAllowPrivilegedRole: true });
    expect(await as('nobody', () => allowed.user.count())).toBe(0);
    await allowed.$disconnect();
  });
});

describe('withAuditTransaction', () => {
  const failing = (work: (tx: AuditTransactionClient<AuditedClient>) => Promise<unknown>) =>
    as('a', () =>
      prisma.withAuditTransaction(async (tx) => {
        await work(tx);
        throw new Error('on purpose');
      }),
    );

  it('takes back what it has written, and the entries, through its own client and the plain one', async () => {
    const since = await mark(database);
    const mail = email();
    await expect(
      failing(async (tx) => {
        await tx.user.create({ data: { email: mail } });
        await prisma.user.update({ where: { tenantId_email: { tenantId: 'a', email: mail } }, data: { visits: 1 } });
        await prisma.$executeRaw`UPDATE users SET visits = 2`;
      }),
    ).rejects.toThrow('on purpose');
    expect(await since.summary()).toEqual([]);
    expect(await as('a', () => prisma.user.count({ where: { email: mail } }))).toBe(0);
  });

  it('joins one that is open, also from a service that knows nothing of it', async () => {
    const since = await mark(database);
    const service = () => prisma.withAuditTransaction((tx) => tx.user.create({ data: { email: email() } }));
    await as('a', () => prisma.withAuditTransaction(async () => [await service(), await service()]));
    await as('a', () => TransactionHost.of(prisma).run(async () => [await service(), await service()]));
    expect((await since.entries()).map(({ xid }) => xid)).toEqual(
      expect.arrayContaining([expect.any(String), expect.any(String)]),
    );
    const [one, two, three, four] = (await since.entries()).map(({ xid }) => xid);
    expect([one === two, two === three, three === four]).toEqual([true, false, true]);
    await expect(failing(service)).rejects.toThrow('on purpose');
    expect(await since.summary()).toHaveLength(4);
  });

  it('is part of the transaction of the client that it is called on', async () => {
    const since = await mark(database);
    const run = as('a', () =>
      prisma.$transaction(async (tx) => {
        await (tx as unknown as AuditedClient).withAuditTransaction((inner) =>
          inner.user.create({ data: { email: email() } }),
        );
        throw new Error('on purpose');
      }),
    );
    await expect(run).rejects.toThrow('on purpose');
    expect(await since.summary()).toEqual([]);
  });

  it('takes the options of Prisma, and refuses what is none', async () => {
    const isolated = as('a', () =>
      prisma.withAuditTransaction((tx) => tx.$queryRaw`SELECT current_setting('transaction_isolation') AS level`, {
        isolationLevel: 'Serializable',
        timeout: 9_000,
        maxWait: 9_000,
      }),
    );
    expect(await isolated).toEqual([{ level: 'serializable' }]);
    for (const option of ['timeout', 'maxWait'] as const) {
      const refused = prisma.withAuditTransaction(async () => 1, { [option]: 0 });
      await expect(refused).rejects.toMatchObject({ code: 'OPTIONS_INVALID', problems: [{ path: option }] });
    }
  });

  it.each(['pipelined', 'transaction'] as const)(
    'changes the actor and the reason where the context does: %s',
    async (transport) => {
      const client = bare();
      attachContext(client, { dangerouslyAllowUnprotectedJoinTables: true, transport });
      const audited = createAuditedClient(client, OPTIONS);
      const since = await mark(database);
      const create = (tx: Pick<PrismaClient, 'user'>) => tx.user.create({ data: { email: email() } });
      const u1 = { id: 'u1', type: 'user' };
      await as('a', () =>
        audited.withAuditTransaction(async (tx) => {
          await create(tx);
          AuditContext.setReason('second thoughts');
          await AuditContext.runAs(u1, () => create(tx));
          await create(tx);
          const undone = audited.$transaction(async (nested) => {
            await AuditContext.runAs({ id: 'u2', type: 'user' }, () => create(nested));
            throw new Error('on purpose');
          });
          await expect(undone).rejects.toThrow('on purpose');
          await create(tx);
          await AuditContext.runAs(u1, () => create(tx));
        }),
      );
      expect((await since.entries()).map(({ actor_id: actor, reason }) => [actor, reason])).toEqual([
        [null, null],
        ['u1', 'second thoughts'],
        [null, 'second thoughts'],
        [null, 'second thoughts'],
        ['u1', 'second thoughts'],
      ]);
      const mixed = as('a', () => client.$transaction([create(client), AuditContext.runAs(u1, () => create(client))]));
      await expect(mixed).rejects.toMatchObject({ code: 'STATEMENT_UNSUPPORTED' });
      await as('a', () => AuditContext.runAs(u1, () => client.$transaction([create(client), create(client)])));
      expect((await since.entries()).slice(5).map(({ actor_id: actor }) => actor)).toEqual(['u1', 'u1']);
      await client.$disconnect();
    },
  );
});

describe('withAuditLifecycle', () => {
  it('names what it does, in one transaction, and leaves the verb where it was', async () => {
    const since = await mark(database);
    await as('a', async () => {
      await AuditContext.run({ actor: null, noAudit: false, metadata: { a: 1 } }, () =>
        prisma.withAuditLifecycle(
          {
            action: 'User.archived',
            metadata: { b: 2 },
            suppressOuterOperation: { model: 'User', operation: 'delete' },
          },
          async (tx) => {
            const { id } = await tx.user.create({ data: { email: email() } });
            await prisma.user.delete({ where: { id } });
          },
        ),
      );
      expect(AuditContext.getActionOverride()).toBeUndefined();
    });
    const entries = await since.entries();
    expect(entries.map(({ action, op }) => [action, op])).toEqual([
      ['User.archived', 'insert'],
      ['User.archived', 'delete'],
    ]);
    expect(entries[0]).toMatchObject({ metadata: { a: 1, b: 2 }, xid: entries[1]?.xid });
  });
});

describe('a client that needs a tenant', () => {
  it('refuses to write tracked models without one, as the other packages do, and says so', async () => {
    const told: AuditErrorContext[] = [];
    const client = createAudited(database.appUrl, {
      tenantRequired: true,
      onAuditError: (_error, context) => void told.push(context),
    });
    const create = () => client.user.create({ data: { email: email() } });
    await expect(create()).rejects.toMatchObject({ code: 'TENANT_CONTEXT_MISSING' });
    await expect(runWithContext(createContext(), async () => create())).rejects.toMatchObject({
      code: 'TENANT_CONTEXT_MISSING',
    });
    expect(told).toEqual(
      Array.from({ length: 2 }, () => ({ phase: 'tenant-resolution', model: 'User', operation: 'create' })),
    );
    const allowed = createContext({ tenantId: parseTenantId('a') });
    await runWithContext(allowed, async () => create());
    await runWithContext(createContext({ mode: 'bypass' }), async () =>
      client.setting.create({ data: { key: email(), value: '' } }),
    );
    await client.$disconnect();
  });
});
