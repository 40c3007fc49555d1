import { TransactionHost } from '@nestarc/prisma';
import type { SoftDeleteOperations } from '@nestarc/soft-delete';
import type { PrismaClient } from '../shop/generated/client';
import { type Act, ACTS, type Db } from './random-acts';
import type { Random } from './random';

/** Thrown on purpose. */
class Undone extends Error {}

/** What a request came to. */
export type Outcome = 'done' | 'failed' | 'undone';

/** What requests are made with. */
export interface RequestTools {
  readonly client: PrismaClient;
  readonly operate: SoftDeleteOperations;
}

/** Does something random, as a request would: with or without transactions, and in the end perhaps not. */
export async function performRequest(tools: RequestTools, random: Random): Promise<Outcome> {
  const shape = random.of([apart, apart, inTransaction, inTransaction, inArray, inServices, ...DELETED]);
  try {
    await shape(tools, random);
    return 'done';
  } catch (error) {
    return error instanceof Undone ? 'undone' : refused(error);
  }
}

/** What comes of doing things at once: deadlocks, keys that are taken, and rows that have gone meanwhile. */
const EXPECTED = new Set([
  'P2002',
  'P2003',
  'P2025',
  'P2034',
  'P2004',
  '40P01',
  'CROSS_TENANT_WRITE',
  'SOFT_DELETE_RECORD_NOT_FOUND',
]);
const EXPECTED_OF_RESTORATIONS = /^SOFT_DELETE_(PARENT_DELETED|RESTORE_CONFLICT|RECORD_NOT_DELETED|RECORD_AMBIGUOUS)$/;
const EXPECTED_IN_RAW = /40P01|40001|23505|23503|deadlock|could not serialize/i;

function refused(error: unknown): 'failed' {
  const { code = '', message } = error as { readonly code?: string; readonly message: string };
  if (EXPECTED.has(code) || EXPECTED_OF_RESTORATIONS.test(code) || EXPECTED_IN_RAW.test(message)) return 'failed';
  throw error;
}

type Shape = (tools: RequestTools, random: Random) => Promise<unknown>;

const some = (random: Random): Act[] => [random.of(ACTS), ...random.list(3, () => random.of(ACTS))];

async function all(db: Db, random: Random): Promise<void> {
  for (const act of some(random)) await act(db, random);
}

const apart: Shape = ({ client }, random) => all(client, random);

const inTransaction: Shape = ({ client }, random) =>
  client.$transaction(async (tx) => {
    await all(tx, random);
    if (random.oneIn(3)) throw new Undone();
  });

const inServices: Shape = ({ client }, random) => {
  const host = TransactionHost.of(client);
  return host.run(async () => {
    await all(client, random);
    await host.run(() => all(client, random));
    if (random.oneIn(3)) throw new Undone();
  });
};

/** The last one of the array fails, or all are done. */
const inArray: Shape = async ({ client }, random) => {
  const post = await client.post.findFirst({ select: { id: true, authorId: true }, skip: random.below(4) });
  const members = [
    client.tag.create({ data: { label: 'of an array' } }),
    client.comment.updateMany({ data: { text: 'of an array' } }),
    ...(post === null ? [] : [client.post.delete({ where: { id: post.id } })]),
    client.$executeRaw`UPDATE tags SET label = label || '!' WHERE length(label) < 20`,
    ...(random.oneIn(3) ? [client.post.create({ data: { title: 'x', authorId: -1 } })] : []),
  ];
  await client.$transaction(members);
};

const ofDeletedRows: Shape = async ({ client, operate }, random) => {
  const model = random.of(['User', 'Post', 'Comment']);
  const [row] = await client.$queryRawUnsafe<{ id: number }[]>(
    `SELECT id FROM ${model.toLowerCase()}s WHERE deleted_at IS NOT NULL ORDER BY id DESC LIMIT 1 OFFSET ${String(random.below(3))}`,
  );
  const purge = (): Promise<unknown> => operate.purge(undefined, { olderThan: new Date(Date.now() - 5), batchSize: 3 });
  if (row === undefined) return random.oneIn(2) ? purge() : operate.restoreMany(model);
  return random.of([
    () => operate.restore(model, { id: row.id }),
    () => operate.restore(model, { id: row.id }),
    () => operate.restoreMany(model),
    () => operate.forceDelete(model, { id: row.id }),
    purge,
    () =>
      client.$transaction(async (tx) => {
        await operate.restoreMany(model, { tx });
        await all(tx, random);
        if (random.oneIn(2)) throw new Undone();
      }),
  ])();
};

const DELETED = [ofDeletedRows, ofDeletedRows, ofDeletedRows];
