import { createContext, InvalidOptionsError, runWithContext } from '@nestarc/core';
import { TenantSwitchInTransactionError, UnsupportedStatementError } from '@nestarc/postgres';
import type { TestDatabase } from '@nestarc/testing';
import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attachContext, TransactionHost, type Transport } from '../src';
import { PrismaClient } from './fixture/generated/client';
import { as, createNotesDatabase, tenant } from './fixture/notes';

let database: TestDatabase;
beforeAll(async () => {
  database = await createNotesDatabase();
});
afterAll(() => database.drop());

const WAYS = (['pipelined', 'transaction'] as const).flatMap((transport) => [1, 5].map((max) => ({ transport, max })));

describe.each(WAYS)('on $transport with a pool of $max', ({ transport, max }) => {
  let prisma: PrismaClient;
  const bodies = async (): Promise<string[]> => (await as('a', () => prisma.note.findMany())).map(({ body }) => body);
  const connect = (transportOf: Transport): PrismaClient => {
    const client = new PrismaClient({ adapter: new PrismaPg({ connectionString: database.appUrl, max }) });
    attachContext(client, { transport: transportOf });
    return client;
  };

  beforeAll(async () => {
    prisma = connect(transport);
    await as('a', () => prisma.note.deleteMany());
  });
  afterAll(() => prisma.$disconnect());

  it('T-33 a lazy call on the transaction’s client that is made for another tenant is refused, whoever awaits it', async () => {
    const elsewhere = [tenant('b'), createContext({ mode: 'bypass' })];
    for (const context of elsewhere) {
      const calls: ((tx: Parameters<Parameters<PrismaClient['$transaction']>[0]>[0]) => PromiseLike<unknown>)[] = [
        (tx) => tx.note.create({ data: { body: 'of another' } }),
        (tx) => tx.note.findMany(),
        (tx) => tx.$queryRaw`SELECT body FROM notes`,
        (tx) => tx.note.findFirst().replies(),
      ];
      for (const call of calls) {
        const work = as('a', () => prisma.$transaction(async (tx) => await runWithContext(context, () => call(tx))));
        await expect(work).rejects.toBeInstanceOf(TenantSwitchInTransactionError);
      }
    }
    expect(await bodies()).toEqual([]);
  });

  it('a lazy call of the transaction’s own tenant runs, awaited or chained', async () => {
    await as('a', () =>
      prisma.$transaction(async (tx) => {
        const parent = await tx.note.create({ data: { body: 'parent' } });
        const chained = tx.note.findMany().then((rows) => rows.map((row) => row.body));
        expect(await chained).toEqual(['parent']);
        expect(await tx.note.findUnique({ where: { id: parent.id } }).replies()).toEqual([]);
        await tx.note.deleteMany();
      }),
    );
  });

  it('raw SQL that begins or ends a transaction is refused, and no connection is lost', async () => {
    const texts = [
      'ROLLBACK',
      'commit',
      'COMMIT AND CHAIN',
      '/* x */ end',
      'BEGIN',
      'abort; ',
      "PREPARE TRANSACTION 'x'",
    ];
    for (const text of texts) {
      for (let n = 0; n <= max; n++) {
        const work = as('a', () =>
          prisma.$transaction(async (tx) => {
            await tx.note.create({ data: { body: 'x' } });
            await tx
              .$executeRawUnsafe(text)
              .catch((error: unknown) => expect(error).toBeInstanceOf(UnsupportedStatementError));
            await tx.note.create({ data: { body: 'y' } });
            throw new Error('undone');
          }),
        );
        await expect(work).rejects.toThrow('undone');
      }
    }
    await expect(as('a', () => prisma.$executeRaw`COMMIT`)).rejects.toBeInstanceOf(UnsupportedStatementError);
    expect(await bodies()).toEqual([]);
  });

  it('a throwing onHookError changes nothing about what was committed', async () => {
    const host = TransactionHost.of(prisma, {
      onHookError: (error) => {
        throw error;
      },
    });
    const work = async (): Promise<void> => {
      await prisma.note.create({ data: { body: 'kept' } });
      host.afterCommit(() => Promise.reject(Object.assign(new Error('hook'), { code: '40001' })));
    };
    await as('a', () => host.run(work, { retries: 3 }));
    expect(await bodies()).toEqual(['kept']);
  });

  it('a propagation or an option that is none is refused, and the work does not run', async () => {
    const host = TransactionHost.of(prisma);
    expect(() => TransactionHost.of(prisma, { onHookError: 5 } as never)).toThrow('onHookError');
    await expect(as('a', () => host.run('required' as never, () => undefined))).rejects.toBeInstanceOf(
      InvalidOptionsError,
    );
  });
});

describe('options of attachContext that are none', () => {
  const nonsense: readonly (readonly [string, object])[] = [
    ['transport', { transport: 'foo' }],
    ['transport', { transport: null }],
    ['onMissingTenant', { onMissingTenant: 'x' }],
    ['onOperation', { onOperation: 5 }],
    ['warn', { warn: 5 }],
    ['dangerouslyAllowPrivilegedRole', { dangerouslyAllowPrivilegedRole: 'false' }],
    ['settings.tenant', { settings: { tenant: 'x y' } }],
    ['tranport', { tranport: 'auto' }],
  ];

  it.each(nonsense)('are refused by their path: %s', (path, options) => {
    const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: database.appUrl }) });
    const attach = (): void => attachContext(prisma, options);
    expect(attach).toThrow(InvalidOptionsError);
    expect(attach).toThrow(path);
  });
});

describe('a client that was connected before it was attached', () => {
  it('is refused with its first operation, before anything is read', async () => {
    const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: database.adminUrl }) });
    await prisma.$connect();
    attachContext(prisma);
    await expect(as('a', () => prisma.note.findMany())).rejects.toThrow('before it was attached');
    await expect(as('a', () => prisma.$transaction((tx) => tx.note.findMany()))).rejects.toThrow(
      'before it was attached',
    );
    await prisma.$disconnect();
  });
});
