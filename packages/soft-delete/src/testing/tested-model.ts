import { ModelMetadata } from '@nestarc/prisma';
import { runWithChanges } from '../visibility/current-visibility';
import { ALL_MODELS } from '../visibility/visibility';

/** The part of a Prisma model, such as `prisma.user`, that is looked at. */
export interface TestedModel {
  /**
   * Lists rows.
   *
   * @param args - Prisma's arguments
   */
  findMany(...args: never[]): PromiseLike<readonly object[]>;
}

/** A row, by the names of its fields. */
export type TestedRow = Readonly<Record<string, unknown>>;

/** What is said about which rows: a filter, or a unique key, also one of several fields. */
export type TestedWhere = Readonly<Record<string, unknown>>;

type FindMany = (args: object) => PromiseLike<readonly TestedRow[]>;

/**
 * Reads rows of a model whether they are deleted or not, of the tenant that the test runs as.
 *
 * @param model - the model
 * @param args - Prisma's arguments
 */
export async function findWithDeleted(model: TestedModel, args: object): Promise<readonly TestedRow[]> {
  const seesAll = { modes: new Map([[ALL_MODELS, 'withDeleted' as const]]) };
  return runWithChanges([seesAll], async () => await (model.findMany as FindMany)(args));
}

/**
 * Takes a unique key of several fields apart, as in `{ tenantId_email: { tenantId, email } }`: filters have none.
 *
 * @param model - the model
 * @param where - a filter, or a unique key
 */
export function asFilter(model: TestedModel, where: TestedWhere): TestedWhere {
  const compound = uniquesOf(model).filter(({ fields }) => fields.length > 1);
  const names = new Set(compound.map(({ name }) => name));
  const parts = Object.entries(where).map(([key, value]) => (names.has(key) ? value : { [key]: value }));
  return Object.assign({}, ...parts) as TestedWhere;
}

/** Models of a Prisma client know their client and their name; what only looks like one has no such keys. */
function uniquesOf(model: TestedModel): readonly { readonly name: string; readonly fields: readonly string[] }[] {
  const { $parent, $name } = model as { readonly $parent?: unknown; readonly $name?: unknown };
  if ($parent === undefined || typeof $name !== 'string') return [];
  return ModelMetadata.of($parent).model($name)?.uniques ?? [];
}
