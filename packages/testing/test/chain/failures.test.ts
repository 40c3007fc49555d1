import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ChainWorld, inShort } from './shop/chain-world';
import type { PrismaClient } from './shop/generated/client';

const A = 'tenant-a';

describe('When PostgreSQL lets a cascade down', () => {
  let world: ChainWorld;
  let client: PrismaClient;
  beforeAll(async () => {
    world = await ChainWorld.create();
    client = world.client({ max: 2 });
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    await world.clear();
    const comments = { create: [{ text: 'a' }, { text: 'b' }] };
    const data = { email: 'ann@x.example', posts: { create: [{ title: 'One', comments }, { title: 'Two' }] } };
    await world.as(A, () => client.user.create({ data }));
  });

  const remove = (): Promise<unknown> => world.as(A, () => client.user.delete({ where: { id: 1 } }));
  const deleted = (): Promise<unknown[]> =>
    world.asAdmin(`SELECT id FROM users WHERE deleted_at IS NOT NULL UNION ALL SELECT id FROM posts WHERE deleted_at IS NOT NULL
                   UNION ALL SELECT id FROM comments WHERE deleted_at IS NOT NULL`);

  /** Has the cascade stop at its last level, with everything above done, while something happens. */
  const stoppedAtComments = async (work: (pid: number) => Promise<unknown>): Promise<unknown> => {
    const holder = world.bareClient({ url: world.database.adminUrl, max: 1 });
    return holder.$transaction(async (tx) => {
      await tx.$executeRaw`LOCK TABLE comments IN EXCLUSIVE MODE`;
      const removal = remove().then(
        () => 'done',
        (error: unknown) => error,
      );
      const pid = await waitingFor('comments');
      await work(pid);
      return removal;
    });
  };

  const waitingFor = async (table: string): Promise<number> => {
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const [row] = await world.asAdmin<{ pid: number }>(
        'SELECT pid FROM pg_locks WHERE NOT granted AND relation = $1::regclass',
        [table],
      );
      if (row !== undefined) return row.pid;
      await sleep(25);
    }
    throw new Error('the cascade never got there');
  };

  it.each([
    ['its backend is killed', 'SELECT pg_terminate_backend($1)'],
    ['its statement is cancelled, as by a timeout', 'SELECT pg_cancel_backend($1)'],
  ])('because %s, nothing is deleted and nothing recorded, and it can be done again', async (_name, sql) => {
    const entries = await world.entriesOf(async () => {
      const outcome = await stoppedAtComments((pid) => world.asAdmin(sql, [pid]));
      expect(outcome).toBeInstanceOf(Error);
    });
    expect([entries, await deleted()]).toEqual([[], []]);
    expect(inShort(await world.entriesOf(remove))).toEqual([
      ...['User.softDeleted 1', 'Post.softDeleted 1', 'Post.softDeleted 2'],
      ...['Comment.softDeleted 1', 'Comment.softDeleted 2'],
    ]);
  });

  it('because an entry cannot be written, nothing is deleted', async () => {
    await world.asAdmin(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'the audit table is full'; END $$`);
    await world.asAdmin(`CREATE TRIGGER refuse BEFORE INSERT ON audit_logs FOR EACH ROW
      WHEN (NEW.action = 'Comment.softDeleted') EXECUTE FUNCTION refuse()`);
    const entries = await world.entriesOf(() => expect(remove()).rejects.toThrow('the audit table is full'));
    await world.asAdmin('DROP TRIGGER refuse ON audit_logs');
    expect([entries, await deleted()]).toEqual([[], []]);
  });
});
