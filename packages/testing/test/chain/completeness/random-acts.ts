import type { PrismaClient } from '../shop/generated/client';
import type { Random } from './random';

/** What acts are done with: a client, or that of a transaction. */
export type Db = Pick<
  PrismaClient,
  'user' | 'post' | 'comment' | 'tag' | 'cart' | 'line' | '$executeRaw' | '$queryRaw'
>;

/** Something that writes. */
export type Act = (db: Db, random: Random) => Promise<unknown>;

type Picked = { readonly id: number } | null;

const NAMES = ['Ann', 'Bob', 'Cid', "D'Arcy", 'Ève', '', '𝄞 \\ "quoted"'];

const email = (random: Random): string => `mail-${String(random.below(12))}@x.example`;

const anyUser = (db: Db, random: Random): Promise<Picked> =>
  db.user.findFirst({ select: { id: true }, orderBy: { id: 'desc' }, skip: random.below(6) });
const anyPost = (db: Db, random: Random): Promise<Picked> =>
  db.post.findFirst({ select: { id: true }, orderBy: { id: 'desc' }, skip: random.below(6) });
const anyTag = (db: Db, random: Random): Promise<Picked> =>
  db.tag.findFirst({ select: { id: true }, orderBy: { id: 'desc' }, skip: random.below(4) });
const anyCart = (db: Db, random: Random): Promise<Picked> =>
  db.cart.findFirst({ select: { id: true }, orderBy: { id: 'desc' }, skip: random.below(4) });

/** What Prisma makes of its data. */
const lines = (random: Random, cartId: number) =>
  random.list(4, (position) => ({
    ...{
      cartId,
      position: position * 10 + random.below(10),
      sku: random.of(NAMES),
      labels: random.list(3, () => random.of(NAMES)),
    },
    price: `${String(random.below(1_000_000))}12345678.${String(random.below(1_000_000)).padStart(6, '0')}`,
    options: { set: random.below(9), nested: [1.5, null, { a: random.of(NAMES) }] },
    seal: Buffer.from(Array.from({ length: random.below(40) }, () => random.below(256))),
  }));

const created: Act[] = [
  (db, random) =>
    db.user.create({
      data: {
        ...{ email: email(random), name: random.of(NAMES), visits: 9_007_199_254_740_993n + BigInt(random.below(9)) },
        posts: {
          create: random.list(3, (n) => ({
            title: `post ${String(n)}`,
            comments: { create: random.list(2, () => ({ text: random.of(NAMES) })) },
            tags: { create: random.list(2, () => ({ label: random.of(NAMES) })) },
          })),
        },
      },
    }),
  (db, random) => db.tag.createMany({ data: random.list(4, () => ({ label: random.of(NAMES) })) }),
  async (db, random) => {
    const owner = await anyUser(db, random);
    const carts = await db.cart.createManyAndReturn({
      data: random.list(3, () => ({ note: random.of(NAMES), ownerId: owner?.id ?? null })),
    });
    for (const { id } of carts) await db.line.createMany({ data: lines(random, id), skipDuplicates: true });
  },
  (db, random) => db.user.createMany({ data: random.list(3, () => ({ email: email(random) })), skipDuplicates: true }),
];

const updated: Act[] = [
  (db, random) => db.comment.updateMany({ data: { text: random.of(NAMES) } }),
  (db, random) => db.user.updateMany({ where: { name: random.of(NAMES) }, data: { visits: { increment: 1 } } }),
  async (db, random) => {
    const user = await anyUser(db, random);
    const post = user && (await db.post.findFirst({ where: { authorId: user.id }, select: { id: true } }));
    if (user === null || post === null) return;
    await db.user.update({
      where: { id: user.id },
      data: {
        name: random.of(NAMES),
        posts: random.of([
          { create: { title: 'nested', comments: { create: { text: 'x' } } } },
          { update: { where: { id: post.id }, data: { title: random.of(NAMES) } } },
          { delete: { id: post.id } },
          { deleteMany: { title: 'post 1' } },
          { updateMany: { where: {}, data: { title: 'many' } } },
        ]),
      },
    });
  },
  async (db, random) => {
    const [post, tag] = [await anyPost(db, random), await anyTag(db, random)];
    if (post === null || tag === null) return;
    const tags = random.of([{ connect: tag }, { disconnect: tag }, { set: [tag] }, { set: [] }]);
    await db.post.update({ where: post, data: { tags } });
  },
  async (db, random) => {
    const user = await db.user.findFirst({ select: { tenantId: true } });
    if (user === null) return;
    const address = email(random);
    const where = { tenantId_email: { tenantId: user.tenantId, email: address } };
    await db.user.upsert({ where, update: { name: random.of(NAMES) }, create: { email: address } });
  },
];

const deleted: Act[] = [
  async (db, random) => {
    const user = await anyUser(db, random);
    if (user !== null) await db.user.delete({ where: user });
  },
  async (db, random) => {
    const post = await anyPost(db, random);
    if (post !== null) await db.post.delete({ where: post });
  },
  (db, random) => db.comment.deleteMany({ where: { text: random.of(NAMES) } }),
  (db, random) => db.comment.deleteMany({ limit: random.below(3) }),
  async (db, random) => {
    const cart = await anyCart(db, random);
    if (cart !== null) await db.cart.delete({ where: cart });
  },
  async (db, random) => {
    const tag = await anyTag(db, random);
    if (tag !== null) await db.tag.delete({ where: tag });
  },
];

const raw: Act[] = [
  (db, random) => db.$executeRaw`UPDATE lines SET price = price + ${random.below(9)}::int, position = position + 100`,
  (db) => db.$executeRaw`UPDATE lines SET position = 1000 - position WHERE sku = 'Ann'`,
  (db, random) => db.$executeRaw`DELETE FROM lines WHERE position % 3 = ${random.below(3)}::int`,
  (db, random) => db.$executeRaw`INSERT INTO tags (label) SELECT ${random.of(NAMES)} FROM generate_series(1, 3)`,
  (db) => db.$queryRaw`WITH gone AS (DELETE FROM tags WHERE label = 'Cid' RETURNING id)
    INSERT INTO tags (label) SELECT 'was ' || id FROM gone RETURNING id`,
  (db, random) => db.$executeRaw`INSERT INTO users (email, name) VALUES (${email(random)}, 'raw')
    ON CONFLICT (tenant_id, email) WHERE deleted_at IS NULL DO UPDATE SET name = 'conflict', visits = users.visits + 1`,
  // Half of it is undone within the statement, and the other half stays.
  (db) => db.$executeRaw`DO $$ BEGIN
    INSERT INTO tags (label) VALUES ('kept');
    BEGIN
      UPDATE tags SET label = 'undone'; DELETE FROM lines; RAISE EXCEPTION 'undo';
    EXCEPTION WHEN raise_exception THEN UPDATE tags SET label = 'handled' WHERE label = 'kept'; END;
  END $$`,
  (db) => db.$executeRaw`UPDATE users SET name = name`,
];

/** All kinds of acts, of each as many as are wanted of it. */
export const ACTS: readonly Act[] = [...created, ...created, ...updated, ...updated, ...deleted, ...raw];
