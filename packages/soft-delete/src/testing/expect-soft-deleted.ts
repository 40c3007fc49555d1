import { inspect } from 'node:util';
import { SoftDeleteExpectationError } from './soft-delete-expectation.error';
import { asFilter, findWithDeleted, type TestedModel, type TestedRow, type TestedWhere } from './tested-model';

/**
 * Makes sure that rows are there, and deleted.
 *
 * @param model - a model of a Prisma client, such as `prisma.user`
 * @param where - the rows: every one that it finds has to be deleted
 * @param deletedAtField - field that holds when a row was deleted. Defaults to `deletedAt`
 * @throws SoftDeleteExpectationError when there is no such row, or an active one
 */
export async function expectSoftDeleted(
  model: TestedModel,
  where: TestedWhere,
  deletedAtField = 'deletedAt',
): Promise<void> {
  const rows = await rowsOf(model, where, deletedAtField);
  const active = rows.filter((row) => row[deletedAtField] === null);
  if (active.length === 0) return;
  throw new SoftDeleteExpectationError(`${countOf(active, rows)} not deleted, among those with ${shown(where)}`);
}

/**
 * Makes sure that rows are there, and active.
 *
 * @param model - a model of a Prisma client, such as `prisma.user`
 * @param where - the rows: every one that it finds, deleted ones included, has to be active
 * @param deletedAtField - field that holds when a row was deleted. Defaults to `deletedAt`
 * @throws SoftDeleteExpectationError when there is no such row, or a deleted one
 */
export async function expectNotSoftDeleted(
  model: TestedModel,
  where: TestedWhere,
  deletedAtField = 'deletedAt',
): Promise<void> {
  const rows = await rowsOf(model, where, deletedAtField);
  const deleted = rows.filter((row) => row[deletedAtField] !== null);
  if (deleted.length === 0) return;
  const hint = deleted.length < rows.length ? '; name the row that is meant by its key' : '';
  throw new SoftDeleteExpectationError(`${countOf(deleted, rows)} deleted, among those with ${shown(where)}${hint}`);
}

async function rowsOf(model: TestedModel, where: TestedWhere, field: string): Promise<readonly TestedRow[]> {
  const rows = await findWithDeleted(model, { where: asFilter(model, where) });
  const [row] = rows;
  if (row === undefined) throw new SoftDeleteExpectationError(`There is no row with ${shown(where)}, deleted or not`);
  if (row[field] !== undefined) return rows;
  throw new SoftDeleteExpectationError(`The rows have no field "${field}", only ${Object.keys(row).join(', ')}`);
}

const countOf = (some: readonly TestedRow[], all: readonly TestedRow[]): string =>
  `${some.length} of ${all.length} ${some.length === 1 ? 'rows is' : 'rows are'}`;

const shown = (where: TestedWhere): string => inspect(where, { depth: 5, breakLength: Infinity });
