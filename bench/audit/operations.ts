import type { BenchClient } from './clients';

/** What is done: on one row, or on 100. */
export const OPERATIONS = ['create', 'update', 'delete', 'updateMany × 100', 'deleteMany × 100'] as const;

/** One of them. */
export type OperationName = (typeof OPERATIONS)[number];

/** Rows of a batch, which the operations on many take. */
export const BATCH = 100;

/** Whose rows they are. */
export const TENANT = 'tenant-1';

/** What operations are done with: a client, or that of a transaction. */
export type Db = Pick<BenchClient, 'order' | 'clientEntry'>;

/** Does an operation; the number tells rows that nobody else works on. */
export type Perform = (db: Db, operation: OperationName, number: number) => Promise<void>;

/** Rows that are not there yet have numbers from here on. */
export const FRESH = 100_000_000;

const rowOf = (id: number) => ({
  ...{ id, tenantId: TENANT, batch: -1, customer: `Customer ${id}`, status: 'open', note: 'As ordered by phone' },
  ...{ quantity: id % 10, total: '129.90' },
});

const change = (number: number) => ({ status: `packed ${number}`, quantity: number % 100 });

const expectCount = (count: number): void => {
  if (count !== BATCH) throw new Error(`${count} rows instead of ${BATCH}`);
};

/** What an application does, audited or not. */
export const plainly: Perform = async (db, operation, number) => {
  switch (operation) {
    case 'create':
      return void (await db.order.create({ data: rowOf(FRESH + number) }));
    case 'update':
      return void (await db.order.update({ where: { id: number }, data: change(number) }));
    case 'delete':
      return void (await db.order.delete({ where: { id: number } }));
    case 'updateMany × 100':
      return expectCount((await db.order.updateMany({ where: { batch: number }, data: change(number) })).count);
    case 'deleteMany × 100':
      return expectCount((await db.order.deleteMany({ where: { batch: number } })).count);
  }
};

type Row = Awaited<ReturnType<Db['order']['findUniqueOrThrow']>>;

const entryOf = (verb: string, id: number, before: Row | undefined, after: Row | undefined) => ({
  ...{ tenantId: TENANT, actorId: 'user-1', action: `Order.${verb}`, targetType: 'Order', targetId: String(id) },
  changes: changesOf(before, after),
});

function changesOf(before: Row | undefined, after: Row | undefined) {
  const fields = Object.keys(before ?? after ?? {}) as (keyof Row)[];
  const text = (value: Row[keyof Row] | undefined): string | null => (value === undefined ? null : value.toString());
  return Object.fromEntries(
    fields
      .map((field) => [field, { before: text(before?.[field]), after: text(after?.[field]) }] as const)
      .filter(([, values]) => values.before !== values.after),
  );
}

/** The same, with entries that the client writes: what was there is read, what is to be is written, and the entry after it. */
export const withOwnEntries: Perform = async (db, operation, number) => {
  switch (operation) {
    case 'create': {
      const after = await db.order.create({ data: rowOf(FRESH + number) });
      return void (await db.clientEntry.create({ data: entryOf('created', after.id, undefined, after) }));
    }
    case 'update': {
      const before = await db.order.findUniqueOrThrow({ where: { id: number } });
      const after = await db.order.update({ where: { id: number }, data: change(number) });
      return void (await db.clientEntry.create({ data: entryOf('updated', number, before, after) }));
    }
    case 'delete': {
      const before = await db.order.findUniqueOrThrow({ where: { id: number } });
      await db.order.delete({ where: { id: number } });
      return void (await db.clientEntry.create({ data: entryOf('deleted', number, before, undefined) }));
    }
    case 'updateMany × 100': {
      const before = await db.order.findMany({ where: { batch: number } });
      await plainly(db, operation, number);
      const after = new Map((await db.order.findMany({ where: { batch: number } })).map((row) => [row.id, row]));
      const data = before.map((row) => entryOf('updated', row.id, row, after.get(row.id)));
      return void (await db.clientEntry.createMany({ data }));
    }
    case 'deleteMany × 100': {
      const before = await db.order.findMany({ where: { batch: number } });
      await plainly(db, operation, number);
      const data = before.map((row) => entryOf('deleted', row.id, row, undefined));
      return void (await db.clientEntry.createMany({ data }));
    }
  }
};
