import type { Contender, CustomerRow } from './contenders';
import { type BenchTenant, tenantOf } from './database';

/** Thrown when a contender gives other rows than it should: figures of wrong answers are worth nothing. */
export class WrongRowsError extends Error {
  constructor(contender: Contender, operation: OperationName) {
    super(`${contender.name} gave wrong rows for: ${operation}`);
    this.name = 'WrongRowsError';
  }
}

/** What is measured, in the order of the tables. */
export const OPERATION_NAMES = ['list of 20', 'point read', 'insert', 'request of 5 reads'] as const;

/** Name of an operation. */
export type OperationName = (typeof OPERATION_NAMES)[number];

type Work = (contender: Contender, tenant: BenchTenant, run: number) => Promise<boolean>;

const isFirstTwenty = (rows: readonly CustomerRow[], tenant: BenchTenant): boolean =>
  rows.length === 20 && rows.every((row, index) => row.tenantId === tenant.id && row.id === tenant.customerId(index));

const list: Work = async ({ store }, tenant) => isFirstTwenty(await store.list(tenant.id), tenant);

const read: Work = async ({ store }, tenant, run) => {
  const id = tenant.customerId(run);
  const row = await store.find(tenant.id, id);
  return row?.id === id && row.tenantId === tenant.id;
};

const insert: Work = async ({ store }, tenant, run) => {
  const body = `note ${run}`;
  const row = await store.insert(tenant.id, body);
  return row.tenantId === tenant.id && row.body === body;
};

/** A page of customers, then four of them one after another, as handlers do that look at one row to know the next. */
const fiveReads: Work = async (contender, tenant, run) => {
  if (!(await list(contender, tenant, run))) return false;
  for (let index = 0; index < 4; index++) if (!(await read(contender, tenant, run + index))) return false;
  return true;
};

const WORK: Readonly<Record<OperationName, Work>> = {
  'list of 20': list,
  'point read': read,
  insert,
  'request of 5 reads': fiveReads,
};

/**
 * Does an operation once, as a request of its own, and looks at what comes back.
 *
 * @param contender - who does it
 * @param operation - which one
 * @param run - number of the run; decides which tenant asks
 * @throws {@link WrongRowsError} for other rows than the tenant's
 */
export async function performOnce(contender: Contender, operation: OperationName, run: number): Promise<void> {
  const tenant = tenantOf(run);
  const right = await contender.request(tenant.id, () => WORK[operation](contender, tenant, run));
  if (!right) throw new WrongRowsError(contender, operation);
}
