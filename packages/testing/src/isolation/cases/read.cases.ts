import { createContext, currentContext, runWithContext } from '@nestarc/core';
import type { Row } from '../client-port';
import { type IsolationSubject, type Ready, type TenantTable, broken, unproven } from '../isolation-subject';
import type { ModelCase } from '../isolation-case';
import { delegateOf, keyOf } from '../prisma-delegate';
import { comparisons } from '../table-catalog';

/** So many reads of each tenant start in one tick; more than usual pools have connections. */
const READS = 50;

function expectOwn(subject: IsolationSubject, rows: readonly Row[], tenant: string, how: string): void {
  const foreign = rows.filter((row) => !subject.belongsTo(row, tenant));
  if (foreign.length === 0) return;
  const whose = [...new Set(foreign.map((row) => subject.tenantOf(row)))].join(', ');
  throw broken(`${how} as ${tenant} shows ${foreign.length} of ${rows.length} rows that belong to ${whose}`);
}

async function readsOwnRows(subject: IsolationSubject, { port }: Ready, { table, model }: TenantTable): Promise<void> {
  for (const tenant of subject.tenants) {
    const rows = await subject.as(tenant, () => subject.rowsOf(port, table));
    expectOwn(subject, rows, tenant, `SELECT from ${table.id}`);
    const delegate = delegateOf(port, model);
    if (delegate === undefined) continue;
    const count = (await subject.as(tenant, () => delegate.findMany())).length;
    if (count !== rows.length) throw broken(`${model}.findMany() as ${tenant} gives ${count} rows, not ${rows.length}`);
  }
}

async function interleavedReads(subject: IsolationSubject, { port }: Ready, { table }: TenantTable): Promise<void> {
  const read = (tenant: string): Promise<readonly Row[]> => subject.as(tenant, () => subject.rowsOf(port, table));
  const expected = new Map<string, string>();
  for (const tenant of subject.tenants) expected.set(tenant, JSON.stringify(await read(tenant)));
  const order = Array.from({ length: READS }, () => subject.tenants).flat();
  const results = await Promise.all(order.map(async (tenant) => ({ tenant, rows: await read(tenant) })));
  for (const { tenant, rows } of results) expectOwn(subject, rows, tenant, `SELECT from ${table.id} among others`);
  const wrong = results.filter(({ tenant, rows }) => JSON.stringify(rows) !== expected.get(tenant)).length;
  if (wrong > 0) {
    throw broken(`${wrong} of ${results.length} interleaved reads of ${table.id} missed rows of their tenant`);
  }
}

/** The condition that finds one row by its primary key, and its parameters. */
export function byKey(
  model: TenantTable,
  row: Row,
  first = 1,
): { readonly where: string; readonly values: readonly string[] } {
  const names = model.table.columns.filter(({ key }) => key).map(({ name }) => name);
  return { where: comparisons(model.table, names, 'AND', first), values: names.map((name) => String(row[name])) };
}

/**
 * The first row that a tenant itself sees as its own.
 *
 * @throws TenantIsolationError when there is none
 */
export async function ownRow(
  subject: IsolationSubject,
  ready: Ready,
  model: TenantTable,
  tenant: string,
): Promise<Row> {
  const rows = await subject.as(tenant, () => subject.rowsOf(ready.port, model.table));
  const own = rows.find((row) => subject.belongsTo(row, tenant));
  if (own === undefined) throw unproven(`${model.table.id} has no row of ${tenant}`);
  return own;
}

async function keyOfAnother(subject: IsolationSubject, ready: Ready, model: TenantTable): Promise<void> {
  for (const [tenant, other] of subject.pairs) {
    const { where, values } = byKey(model, await ownRow(subject, ready, model, other));
    const { id } = model.table;
    const seen = await subject.as(tenant, () => ready.port.rows(`SELECT 1 FROM ${id} WHERE ${where}`, values));
    if (seen.length > 0) throw broken(`SELECT by primary key as ${tenant} finds a row of ${other} in ${id}`);
    await subject.as(tenant, () =>
      ready.port.rolledBack(async (_client, sql) => {
        const column = subject.quotedTenantColumn;
        const updated = await sql.execute(`UPDATE ${id} SET ${column} = ${column} WHERE ${where}`, values);
        if (updated > 0) throw broken(`UPDATE by primary key as ${tenant} reaches a row of ${other} in ${id}`);
        const deleted = await sql.execute(`DELETE FROM ${id} WHERE ${where}`, values);
        if (deleted > 0) throw broken(`DELETE by primary key as ${tenant} reaches a row of ${other} in ${id}`);
      }),
    );
  }
}

async function lookUpsOfOneTick(subject: IsolationSubject, ready: Ready, model: TenantTable): Promise<void> {
  const [a, b] = subject.tenants;
  const find = finderOf(subject, ready, model);
  const [ofA, ofB] = [await ownRow(subject, ready, model, a), await ownRow(subject, ready, model, b)];
  const tries = Array.from({ length: READS }, () => [
    { tenant: a, row: ofA, own: true },
    { tenant: b, row: ofB, own: true },
    { tenant: a, row: ofB, own: false },
    { tenant: b, row: ofA, own: false },
  ]).flat();
  const found = await Promise.all(
    tries.map(async (attempt) => ({ ...attempt, hit: await find(attempt.tenant, attempt.row) })),
  );
  const leaked = found.filter(({ own, hit }) => !own && hit).length;
  const missed = found.filter(({ own, hit }) => own && !hit).length;
  if (leaked > 0) {
    throw broken(
      `${leaked} of ${tries.length / 2} look-ups of one tick in ${model.table.id} found another tenant's row`,
    );
  }
  if (missed > 0) {
    throw broken(
      `${missed} of ${tries.length / 2} look-ups of one tick in ${model.table.id} missed their tenant's own row`,
    );
  }
}

type Finder = (tenant: string, row: Row) => Promise<boolean>;

/** Prisma merges the findUnique calls of one tick into one statement. */
function finderOf(subject: IsolationSubject, ready: Ready, model: TenantTable): Finder {
  const delegate = delegateOf(ready.port, model.model);
  const key = keyOf(ready.port, model);
  if (delegate !== undefined && key !== undefined) {
    return async (tenant, row) => (await subject.as(tenant, () => delegate.findUnique({ where: key(row) }))) !== null;
  }
  return async (tenant, row) => {
    const { where, values } = byKey(model, row);
    const text = `SELECT 1 FROM ${model.table.id} WHERE ${where}`;
    return (await subject.as(tenant, () => ready.port.rows(text, values))).length > 0;
  };
}

/** Prisma's promises run when they are awaited. A client may refuse this; it may not answer as whoever awaits. */
async function promisesElsewhere(
  subject: IsolationSubject,
  { port }: Ready,
  { model, table }: TenantTable,
): Promise<void> {
  const delegate = delegateOf(port, model);
  const list = async (): Promise<readonly Row[]> =>
    delegate === undefined ? subject.rowsOf(port, table) : await delegate.findMany();
  for (const [tenant, other] of subject.pairs) {
    const expected = JSON.stringify(await subject.as(tenant, list), printable);
    const context = await subject.as(tenant, () => currentContext() ?? createContext());
    const lazy = runWithContext(context, () => delegate?.findMany() ?? subject.rowsOf(port, table));
    const answer = await refusalOrRows(() => subject.as(other, async () => await lazy));
    if (answer === undefined || sameRows(JSON.stringify(answer, printable), expected)) continue;
    const what = delegate === undefined ? `SELECT from ${table.id}` : `${model}.findMany()`;
    throw broken(`${what} called as ${tenant} and awaited as ${other} gives other rows than those of ${tenant}`);
  }
}

async function refusalOrRows(work: () => Promise<readonly Row[]>): Promise<readonly Row[] | undefined> {
  try {
    return await work();
  } catch {
    return undefined;
  }
}

/** JSON knows no BigInt, which Prisma gives for one type of column. */
const printable = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value);

/** Without an order the same rows may come in another. */
function sameRows(one: string, other: string): boolean {
  const sorted = (text: string): string[] => (JSON.parse(text) as unknown[]).map((row) => JSON.stringify(row)).sort();
  return sorted(one).join() === sorted(other).join();
}

/** What reads of a model must hold to. */
export const readCases: readonly ModelCase[] = Object.freeze([
  { name: 'a tenant reads exactly its own rows', run: readsOwnRows },
  { name: 'interleaved reads of two tenants stay apart', run: interleavedReads },
  { name: 'another tenant’s row is not reached by its key', run: keyOfAnother },
  { name: 'look-ups by key of one tick stay apart', run: lookUpsOfOneTick },
  { name: 'a promise made as one tenant and awaited as another stays with the first', run: promisesElsewhere },
]);
