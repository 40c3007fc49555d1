import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestDatabase } from '@nestarc/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditService, type AuditRevertConflictError } from '../../src';
import { as, asOwner, createAuditedDatabase, createClient, withSession } from '../fixture/database';
import type { PrismaClient } from '../fixture/generated/client';

/** As Prisma makes foreign keys, and with what it does not know. */
const SQL = `
  ALTER TABLE posts DROP CONSTRAINT posts_author_id_fkey,
    ADD CONSTRAINT posts_author_id_fkey FOREIGN KEY (author_id) REFERENCES users (id) ON DELETE CASCADE ON UPDATE CASCADE;
  ALTER TABLE users ADD COLUMN shown text GENERATED ALWAYS AS (lower(email)) STORED;
  CREATE DOMAIN seal AS bytea;
  ALTER TABLE specimens ALTER data TYPE seal;
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

/** Until a session of the database waits for another. */
async function waitForLock(): Promise<void> {
  const waiting = `SELECT 1 FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE NOT l.granted AND a.datname = current_database()`;
  while ((await asOwner(database, waiting)).length === 0) await sleep(20);
}

describe('revert', () => {
  it('leaves columns to PostgreSQL that it works out from others', async () => {
    const { id } = await as('a', user);
    const update = await request(() => prisma.user.update({ where: { id }, data: { email: `X${randomUUID()}` } }));
    expect(await outcome(update)).toBe('reverted');
    expect(await outcome(await request(() => prisma.user.delete({ where: { id } })))).toBe('reverted');
  });

  it('does not write what stands for bytes in images, also where they are of a domain', async () => {
    const create = () => prisma.specimen.create({ data: { id: 9n, data: Buffer.from('x') } });
    expect(await outcome(await request(create))).toBe('reverted');
    await as('a', create);
    const deletion = await request(() => prisma.specimen.delete({ where: { id: 9n } }));
    expect(await outcome(deletion)).toEqual(['Specimen redacted']);
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

describe('revert of a creation', () => {
  it('waits for who is just referring to the row, and leaves it to them', async () => {
    let id = '';
    const requestId = await request(async () => ({ id } = await user()));
    const result = await withSession(database.appUrl, async (other) => {
      await other.query(`BEGIN; SET LOCAL app.current_tenant = 'a'`);
      await other.query(`INSERT INTO posts (author_id, title) VALUES ('${id}', 'of somebody else')`);
      const reverting = outcome(requestId);
      await waitForLock();
      await other.query('COMMIT');
      return reverting;
    });
    expect(result).toEqual(['User referenced']);
    expect(await as('a', () => prisma.post.count({ where: { authorId: id } }))).toBe(1);
  });
});

describe('revert of a row that was changed since', () => {
  const set = (id: number, data: object) => as('a', () => prisma.account.update({ where: { id }, data }));

  it('is refused where the change is in a value that is not recorded', async () => {
    let id = 0;
    const create = async () => ({ id } = await prisma.account.create({ data: { iban: '1', password: 'p' } }));
    const creation = await request(create);
    await set(id, { iban: '2' });
    expect(await outcome(creation)).toEqual(['Account changed']);
  });

  it('is refused where the change is in a list of bytes', async () => {
    const creation = await request(() => prisma.specimen.create({ data: { id: 1n, blobs: [Buffer.from('1')] } }));
    await as('a', () => prisma.specimen.update({ where: { id: 1n }, data: { blobs: [Buffer.from('2')] } }));
    expect(await outcome(creation)).toEqual(['Specimen changed']);
  });

  it('is refused where the change is in a column that was added later', async () => {
    const creation = await request(() => prisma.setting.create({ data: { key: 'newer', value: '' } }));
    await asOwner(database, 'ALTER TABLE settings ADD COLUMN note text');
    await as('a', () => prisma.$executeRaw`UPDATE settings SET note = 'since' WHERE key = 'newer'`);
    expect(await outcome(creation)).toEqual(['Setting changed']);
  });

  it('is refused where the change is in JSON that says that it is redacted', async () => {
    const change = (data: object) => prisma.specimen.update({ where: { id: 2n }, data });
    await as('a', () => prisma.specimen.create({ data: { id: 2n, document: { redacted: true } } }));
    const update = await request(() => change({ quotation: 's' }));
    await as('a', () => change({ document: { redacted: true, n: 4 } }));
    expect(await outcome(update)).toEqual(['Specimen changed']);
  });

  it('is done where all of it was taken back', async () => {
    const { id } = await as('a', () => prisma.account.create({ data: { iban: '1', password: 'p' } }));
    const change = (profile: object) => request(() => prisma.account.update({ where: { id }, data: { profile } }));
    const [first, second] = [await change({ n: 1 }), await change({ n: 2 })];
    expect([await outcome(second), await outcome(first)]).toEqual(['reverted', 'reverted']);
  });
});
