import type { SoftDeleteOperations } from '@nestarc/soft-delete';
import type { ChainWorld } from './chain-world';
import type { PrismaClient } from './generated/client';

const A = 'tenant-a';
const B = 'tenant-b';

/** What a step came to, its failure included. */
type Answers = (readonly [step: string, answer: unknown])[];

/** Something of everything, one step after the other, for two tenants. */
export async function playScenario(world: ChainWorld, client: PrismaClient): Promise<Answers> {
  const operate = world.operations(client);
  const answers: Answers = [];
  for (const [tenant, step, work] of [...writes(client), ...transactions(client), ...deletions(client, operate)]) {
    const answer = await world.as(tenant, work).catch((error: unknown) => ({
      failed: (error as { code?: string }).code ?? (error as Error).message,
    }));
    answers.push([`${tenant}: ${step}`, answer]);
  }
  return answers;
}

type Step = readonly [tenant: string, name: string, work: () => PromiseLike<unknown>];

function writes(client: PrismaClient): Step[] {
  const posts = { create: [{ title: 'One', comments: { create: [{ text: 'a' }, { text: 'b' }] } }, { title: 'Two' }] };
  return [
    [
      A,
      'nested create',
      () => client.user.create({ data: { email: 'ann@x.example', posts }, include: { posts: true } }),
    ],
    [B, 'the same', () => client.user.create({ data: { email: 'ann@x.example', posts: { create: { title: 'B' } } } })],
    [A, 'the same again', () => client.user.create({ data: { email: 'ann@x.example' } })],
    [A, 'update', () => client.user.update({ where: { id: 1 }, data: { name: 'Ann', visits: { increment: 1 } } })],
    [B, "update of a stranger's", () => client.user.update({ where: { id: 1 }, data: { name: 'Mallory' } })],
    [B, 'updateMany', () => client.post.updateMany({ data: { title: 'By B' } })],
    [
      A,
      'upsert',
      () => client.user.upsert({ where: { id: 1 }, update: { name: 'U' }, create: { email: 'u@x.example' } }),
    ],
    [A, 'createMany', () => client.tag.createMany({ data: [{ label: 'red' }, { label: 'blue' }] })],
    [A, 'connect', () => client.post.update({ where: { id: 1 }, data: { tags: { connect: [{ id: 1 }, { id: 2 }] } } })],
    [A, 'disconnect', () => client.post.update({ where: { id: 1 }, data: { tags: { disconnect: [{ id: 2 }] } } })],
    [A, 'createManyAndReturn', () => client.cart.createManyAndReturn({ data: [{ note: 'x' }, { note: 'y' }] })],
    [A, 'lines', () => client.line.createMany({ data: [line(1, 1), line(1, 2), line(2, 1)] })],
    [A, 'raw', () => client.$executeRaw`UPDATE lines SET price = price * 2`],
    [B, 'raw', () => client.$executeRaw`UPDATE lines SET price = 0`],
    [A, 'delete for good, and what hangs on it', () => client.cart.delete({ where: { id: 1 } })],
  ];
}

const line = (cartId: number, position: number): { cartId: number; position: number; sku: string; price: string } => ({
  ...{ cartId, position, sku: `sku-${String(position)}`, price: '12345678901234.000001' },
});

function transactions(client: PrismaClient): Step[] {
  const undone = new Error('undone');
  return [
    [
      A,
      'interactive',
      () =>
        client.$transaction(async (tx) => {
          await tx.user.update({ where: { id: 1 }, data: { name: 'In' } });
          await tx.post.delete({ where: { id: 2 } });
          return tx.post.count();
        }),
    ],
    [
      A,
      'interactive, undone',
      () =>
        client.$transaction(async (tx) => {
          await tx.user.create({ data: { email: 'gone@x.example' } });
          await tx.user.delete({ where: { id: 1 } });
          throw undone;
        }),
    ],
    [
      A,
      'array',
      () =>
        client.$transaction([
          client.comment.create({ data: { text: 'c', postId: 1 } }),
          client.comment.delete({ where: { id: 2 } }),
          client.user.findMany({ include: { posts: { include: { comments: true } } } }),
        ]),
    ],
    [
      A,
      'array, undone',
      () =>
        client.$transaction([
          client.post.delete({ where: { id: 1 } }),
          client.user.create({ data: { email: 'ann@x.example' } }),
        ]),
    ],
  ];
}

function deletions(client: PrismaClient, operate: SoftDeleteOperations): Step[] {
  return [
    [B, "delete of a stranger's", () => client.user.delete({ where: { id: 1 } })],
    [A, 'delete', () => client.user.delete({ where: { id: 1 } })],
    [A, 'delete again', () => client.user.delete({ where: { id: 1 } })],
    [A, 'what is left', () => client.user.findMany()],
    [A, 'raw, of what is deleted', () => client.$executeRaw`UPDATE users SET visits = 9 WHERE id = 1`],
    [B, "restore of a stranger's", () => operate.restore('User', { id: 1 })],
    [A, 'create anew', () => client.user.create({ data: { email: 'ann@x.example' } })],
    [A, 'restore, whose place is taken', () => operate.restore('User', { id: 1 })],
    [A, 'delete the new one', () => client.user.deleteMany({ where: { email: 'ann@x.example' } })],
    [A, 'restore', () => operate.restore('User', { id: 1 })],
    [
      A,
      'what is there',
      () => client.user.findMany({ include: { posts: { include: { comments: true, tags: true } } } }),
    ],
    [A, 'restoreMany', () => operate.restoreMany('Comment')],
    [A, 'forceDelete', () => operate.forceDelete('Comment', { id: 1 })],
    [B, 'deleteMany', () => client.user.deleteMany()],
    [B, 'what is there', () => client.user.findMany()],
  ];
}

/** Turns what differs from run to run into what does not: instants, and ids by their order. */
export function steady(value: unknown): string {
  const uuids = new Map<string, string>();
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? `${String(part)}n` : part), 1)
    .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?/g, '<instant>')
    .replaceAll(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, (uuid) => {
      const known = uuids.get(uuid) ?? `<id ${String(uuids.size)}>`;
      uuids.set(uuid, known);
      return known;
    });
}
