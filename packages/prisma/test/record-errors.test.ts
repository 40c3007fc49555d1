import { PrismaErrorsInterceptor, RecordConflictError, RecordNotFoundError } from '@nestarc/prisma/nest';
import type { TestDatabase } from '@nestarc/testing';
import { PrismaPg } from '@prisma/adapter-pg';
import { defer, lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attachContext } from '../src';
import { PrismaClient } from './fixture/generated/client';
import { as, createNotesDatabase } from './fixture/notes';

describe('what Prisma reports about rows', () => {
  let database: TestDatabase;
  let prisma: PrismaClient;
  const interceptor = new PrismaErrorsInterceptor();
  const answer = (work: () => PromiseLike<unknown>): Promise<unknown> =>
    lastValueFrom(interceptor.intercept({} as never, { handle: () => defer(() => as('a', work)) }));

  beforeAll(async () => {
    database = await createNotesDatabase();
    prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: database.appUrl }) });
    attachContext(prisma);
    await as('a', () => prisma.note.create({ data: { body: 'parent', replies: { create: { body: 'reply' } } } }));
  });
  afterAll(async () => {
    await prisma.$disconnect();
    await database.drop();
  });

  it('is not found for a row, and for a reference to a row, that is not there', async () => {
    const where = { id: 4_711 };
    await expect(answer(() => prisma.note.delete({ where }))).rejects.toBeInstanceOf(RecordNotFoundError);
    const dangling = { body: 'x', parentId: where.id };
    await expect(answer(() => prisma.note.create({ data: dangling }))).rejects.toBeInstanceOf(RecordNotFoundError);
    await expect(
      answer(() => prisma.note.update({ where: { id: 1 }, data: { parent: { connect: where } } })),
    ).rejects.toMatchObject({ status: 404 });
  });

  it('is a conflict for a row that others refer to, and for a value that is taken', async () => {
    const deletion = answer(() => prisma.note.deleteMany({ where: { body: 'parent' } }));
    await expect(deletion).rejects.toBeInstanceOf(RecordConflictError);
    await expect(answer(() => prisma.note.create({ data: { body: 'reply' } }))).rejects.toMatchObject({ status: 409 });
  });

  it('is left alone where it is about anything else', async () => {
    const failure = new Error('mine');
    await expect(answer(() => Promise.reject(failure))).rejects.toBe(failure);
    await expect(answer(() => prisma.$queryRaw`SELECT 1 / 0`)).rejects.toMatchObject({ code: 'P2010' });
  });
});
