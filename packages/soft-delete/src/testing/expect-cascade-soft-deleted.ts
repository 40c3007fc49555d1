import { inspect } from 'node:util';
import { attachmentOf } from '../model/soft-delete-attachment';
import type { SoftDeleteSchema } from '../model/soft-delete-schema';
import type { CascadeEdge, SoftModel } from '../model/soft-model';
import { DeletionTree, type HangingRow, isOfDeletion } from './deletion-tree';
import { SoftDeleteExpectationError } from './soft-delete-expectation.error';
import { asFilter, type TestedModel, type TestedRow, type TestedWhere } from './tested-model';

/** What {@link expectCascadeSoftDeleted} lets pass. */
export interface CascadeExpectation {
  /** Lets a child pass of which no row hangs on the parent. Defaults to false: no rows prove nothing. */
  readonly allowNone?: boolean | undefined;
  /** Lets rows pass that another deletion had taken before. Defaults to false. */
  readonly allowDeletedBefore?: boolean | undefined;
}

/**
 * Makes sure that a deletion took a row and everything that hangs on it: the rows of the children are found by their foreign
 * keys, and each has to be deleted by the very deletion that took the parent.
 *
 * @param prisma - a Prisma client that is extended with `createPrismaSoftDeleteExtension`
 * @param parent - name of the model that was deleted
 * @param where - the row; of several, each is looked at
 * @param children - names of models that its cascade reaches, at any depth, or of their relations as `Child.field`
 * @param expectation - see {@link CascadeExpectation}; a text is taken for the name of the field, which the client knows
 * @throws SoftDeleteExpectationError when the parent is not there or active, a child has no rows, active rows, or rows that
 *   another deletion took, or is not reached by the cascade at all
 */
export async function expectCascadeSoftDeleted(
  prisma: object,
  parent: string,
  where: TestedWhere,
  children: readonly string[],
  expectation: CascadeExpectation | string = {},
): Promise<void> {
  const allowed = typeof expectation === 'string' ? {} : expectation;
  const schema = attachmentOf(prisma)?.schema;
  if (schema === undefined) throw failure('The client is not extended with createPrismaSoftDeleteExtension()');
  if (children.length === 0) throw failure('No child is named: nothing would be looked at');
  const root = softNamed(schema, parent);
  const edges = children.map((child) => edgesNamed(schema, root, child));
  const modelOf = (name: string): TestedModel => delegateOf(prisma, name);
  const tree = new DeletionTree(schema, modelOf);
  const rows = await tree.rows(root, asFilter(modelOf(root.name), where));
  assertDeleted(root, where, rows);
  const below = await Promise.all(rows.map(async (row) => ({ row, hanging: await tree.below(root, row) })));
  children.forEach((child, index) => {
    const meant = edges[index] ?? [];
    const counts = below.map(({ row, hanging }) => {
      const found = hanging.filter(({ edge }) => meant.includes(edge));
      assertTaken(child, found, root, row, allowed);
      return found.length;
    });
    if (counts.every((count) => count === 0) && allowed.allowNone !== true) {
      throw failure(`No row of ${child} hangs on the ${root.name} with ${shown(where)}: that proves nothing`);
    }
  });
}

function softNamed(schema: SoftDeleteSchema, name: string): SoftModel {
  const model = schema.models.find((soft) => soft.name.toLowerCase() === name.toLowerCase());
  if (model === undefined) throw failure(`"${name}" is not one of softDeleteModels`);
  return model;
}

/** The relations that are meant, among those that a cascade from the root comes to. */
function edgesNamed(schema: SoftDeleteSchema, root: SoftModel, named: string): readonly CascadeEdge[] {
  const [model = '', field] = named.split('.');
  const found = edgesBelow(schema, root).filter(
    ({ child, childField }) =>
      child.name.toLowerCase() === model.toLowerCase() && (field === undefined || field === childField),
  );
  if (found.length === 0) {
    throw failure(`The cascade of ${root.name} does not reach ${named}: look at the option cascade`);
  }
  return found;
}

function edgesBelow(schema: SoftDeleteSchema, root: SoftModel): readonly CascadeEdge[] {
  const found = new Set<CascadeEdge>();
  const visit = (name: string): void => {
    for (const edge of schema.edgesFrom(name)) {
      if (found.has(edge)) continue;
      found.add(edge);
      visit(edge.child.name);
    }
  };
  visit(root.name);
  return [...found];
}

function assertDeleted(root: SoftModel, where: TestedWhere, rows: readonly TestedRow[]): void {
  if (rows.length === 0) throw failure(`There is no ${root.name} with ${shown(where)}, deleted or not`);
  const active = rows.filter((row) => row[root.deletedAt] === null);
  if (active.length > 0) {
    throw failure(`${active.length} of ${rows.length} ${root.name} with ${shown(where)} not deleted`);
  }
}

function assertTaken(
  child: string,
  found: readonly HangingRow[],
  root: SoftModel,
  rootRow: TestedRow,
  { allowDeletedBefore }: CascadeExpectation,
): void {
  const active = found.filter(({ edge, row }) => row[edge.child.deletedAt] === null);
  if (active.length > 0) throw failure(`${active.length} of ${found.length} rows of ${child} are not deleted`);
  const foreign = found.filter(({ edge, row }) => !isOfDeletion(edge.child, row, root, rootRow));
  if (foreign.length === 0 || allowDeletedBefore === true) return;
  throw failure(
    `${foreign.length} of ${found.length} rows of ${child} were deleted by another deletion than their ${root.name}`,
  );
}

function delegateOf(prisma: object, model: string): TestedModel {
  return Reflect.get(prisma, model.charAt(0).toLowerCase() + model.slice(1)) as TestedModel;
}

const shown = (where: TestedWhere): string => inspect(where, { depth: 5, breakLength: Infinity });

const failure = (message: string): SoftDeleteExpectationError => new SoftDeleteExpectationError(message);
