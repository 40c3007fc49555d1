import { attachContext, type Operation, type PlannedOperation, planOperations } from '../../src';
import { createContext, currentContext, runWithContext } from '@nestarc/core';
import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PrismaClient } from '../fixture/generated/client';
import { as, createNotesDatabase } from '../fixture/notes';

type Database = Awaited<ReturnType<typeof createNotesDatabase>>;

describe.each(['attached first', 'planned first'])('a hook around operations that are planned (%s)', (order) => {
  let database: Database;
  let prisma: PrismaClient;
  const hooked: Operation[] = [];
  const planned: PlannedOperation[] = [];

  beforeAll(async () => {
    database = await createNotesDatabase();
    prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: database.appUrl, max: 1 }) });
    const attach = (): void =>
      attachContext(prisma, {
        onOperation: (operation, run) => {
          hooked.push(operation);
          const args = operation.operation === 'create' ? { data: { body: 'of the hook' } } : operation.args;
          const context = currentContext();
          return runWithContext(context?.tenantId === undefined ? createContext({ mode: 'bypass' }) : context, () =>
            run(args),
          );
        },
      });
    const plan = (): void =>
      planOperations(prisma, (operation) => {
        planned.push(operation);
        return operation.action === 'delete'
          ? {
              action: 'deleteMany',
              before: async (tx) => void (await tx.run({ model: 'Note', action: 'count', args: {}, path: [] })),
            }
          : undefined;
      });
    for (const step of order === 'attached first' ? [attach, plan] : [plan, attach]) step();
  });
  afterAll(async () => {
    await prisma.$disconnect();
    await database.drop();
  });

  it('sees what was called, once, and the planner what the hook made of it', async () => {
    const { id } = await as('a', () => prisma.note.create({ data: { body: 'of the call' } }));
    expect(await as('a', () => prisma.note.delete({ where: { id } }))).toEqual({ count: 1 });
    expect(hooked.map(({ operation }) => operation)).toEqual(['create', 'delete']);
    expect(planned.map(({ action }) => action)).toEqual(['create', 'delete']);
    expect(planned[0]?.args).toEqual({ data: { body: 'of the hook' } });
  });

  it('decides on the context that all statements of the plan run in', async () => {
    expect(await prisma.note.delete({ where: { id: 77 } })).toEqual({ count: 0 });
    expect(await prisma.$transaction([prisma.note.delete({ where: { id: 77 } })])).toEqual([{ count: 0 }]);
  });
});
