import { randomUUID } from 'node:crypto';
import type { TestDatabase } from '@nestarc/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditService, type AuditRevertConflictError } from '../../src';
import { as, createAuditedDatabase, createClient } from '../fixture/database';
import type { PrismaClient } from '../fixture/generated/client';

/** As Prisma makes foreign keys, and with what it does not know. */
const SQL = `
  ALTER TABLE posts DROP CONSTRAINT posts_author_id_fkey,
    ADD CONSTRAINT posts_author_id_fkey FOREIGN KEY (author_id) REFERENCES users (id) ON DELETE CASCADE ON UPDATE CASCADE;
  ALTER TABLE users ADD COLUMN shown text GENERATED ALWAYS AS (lower(email)) STORED;
`;

let database: TestDatabase;
let prisma: PrismaClient;
let audit: AuditService;
beforeAll(async () => {
  database = await createAuditedDatabase({}, SQL);
  prisma = createClient(database.appUrl);
  audit = AuditService.of(prisma);
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});

/** Runs work as a request, and gives its id. */
async function request(work: () => PromiseLike<unknown>): Promise<string> {
  const requestId = randomUUID();
  await as('a', work, { requestId });
  return requestId;
}

/** `reverted`, or what stands in the way. */
const outcome = (requestId: string): Promise<string[] | string> =>
  as('a', () => audit.revert(requestId), { requestId: randomUUID() }).then(
    () => 'reverted',
    (error: unknown) => {
      expect(error).toMatchObject({ code: 'AUDIT_REVERT_CONFLICT' });
      return (error as AuditRevertConflictError).conflicts.map(({ model, obstacle }) => `${String(model)} ${obstacle}`);
    },
  );

const user = () => prisma.user.create({ data: { email: randomUUID(), name: '0' }, select: { id: true } });

describe('revert', () => {
  it('leaves columns to PostgreSQL that it works out from others', async () => {
    const { id } = await as('a', user);
    const update = await request(() => prisma.user.update({ where: { id }, data: { email: `X${randomUUID()}` } }));
    expect(await outcome(update)).toBe('reverted');
    expect(await outcome(await request(() => prisma.user.delete({ where: { id } })))).toBe('reverted');
  });

  it('brings keys back that foreign keys followed, and what followed them, through several changes', async () => {
    const { id } = await as('a', user);
    const { id: post } = await as('a', () => prisma.post.create({ data: { title: 't', authorId: id } }));
    const other = randomUUID();
    const rename = (from: string, to: string) => prisma.user.update({ where: { id: from }, data: { id: to } });
    const requestId = await request(async () => {
      await rename(id, other);
      await rename(other, id);
      await prisma.post.update({ where: { id: post }, data: { title: 'u' } });
      await rename(id, other);
      await prisma.user.update({ where: { id: other }, data: { name: 'x' } });
    });
    expect(await outcome(requestId)).toBe('reverted');
    expect(await as('a', () => prisma.post.findUnique({ where: { id: post } }))).toMatchObject({
      ...{ authorId: id, title: 't' },
    });
    expect(await as('a', () => prisma.user.findUnique({ where: { id } }))).toMatchObject({ name: '0' });
  });

  it('does not pass over changes of what followed a key', async () => {
    const { id } = await as('a', user);
    const { id: post } = await as('a', () => prisma.post.create({ data: { title: 't', authorId: id } }));
    const requestId = await request(() => prisma.user.update({ where: { id }, data: { id: randomUUID() } }));
    await as('a', () => prisma.post.update({ where: { id: post }, data: { title: 'since' } }));
    expect(await outcome(requestId)).toEqual(['Post changed']);
  });
});
