import { saysNothing } from './empty-condition';
import { isGiven, isQueryObject, mapValues, type QueryObject } from './query-value';

/** How the filters of one relation are rewritten. */
export interface RelatedFilter {
  /** Field of the related model that marks its deleted rows; `undefined` when these are seen. */
  readonly deletedAt: string | undefined;
  /** Rewrites what a filter says about relations of the related model. */
  readonly rewrite: (where: unknown) => unknown;
  /** Tells whether a filter speaks of the mark itself, and so decides which rows count. */
  readonly speaks: (where: unknown) => boolean;
}

/**
 * Rewrites `some`, `every` and `none`.
 *
 * @param related - see {@link RelatedFilter}
 * @param value - the filter of a relation to many
 */
export function listFilter(related: RelatedFilter, value: unknown): unknown {
  if (!isQueryObject(value)) return value;
  return mapValues(value, (where, quantifier) => {
    if (!isQueryObject(where)) return where;
    if (quantifier === 'some' || quantifier === 'none') return among(related, where);
    return quantifier === 'every' ? orDeleted(related, where) : where;
  });
}

/**
 * Rewrites `is`, `isNot`, `null` and the filter without any of them.
 *
 * @param related - see {@link RelatedFilter}
 * @param value - the filter of a relation to one
 * @param isRequired - whether the relation is required, so that Prisma refuses null
 */
export function rowFilter(related: RelatedFilter, value: unknown, isRequired: boolean): unknown {
  if (value === null) {
    return isRequired || related.deletedAt === undefined ? value : { isNot: active(related.deletedAt) };
  }
  if (!isQueryObject(value)) return value;
  if ('is' in value || 'isNot' in value) return explicit(related, value, isRequired);
  // Without a single condition Prisma takes it for true, even where there is no row.
  return Object.values(value).some(isGiven) ? among(related, value) : value;
}

function explicit(related: RelatedFilter, value: QueryObject, isRequired: boolean): QueryObject {
  const { deletedAt } = related;
  const rewritten = mapValues(value, (where) => (isQueryObject(where) ? among(related, where) : where));
  if (deletedAt === undefined || isRequired) return rewritten;
  const { is, isNot, ...others } = rewritten;
  // `is: null` looks at the foreign key alone, which a deleted row leaves as it was: ask for an active row instead. That
  // says all of what the other of the two may say besides.
  if (is === null) return { ...others, isNot: active(deletedAt) };
  if (isNot === null) return { ...others, is: isQueryObject(is) ? is : active(deletedAt) };
  return rewritten;
}

const active = (deletedAt: string): QueryObject => ({ [deletedAt]: null });

function among(related: RelatedFilter, where: QueryObject): unknown {
  const inside = related.rewrite(where);
  const { deletedAt } = related;
  return deletedAt === undefined || related.speaks(where)
    ? inside
    : { ...(inside as QueryObject), ...active(deletedAt) };
}

/**
 * Prisma drops conditions that say nothing from `OR`. One of active rows always says something; and where the caller's finds
 * nothing because all of its alternatives say nothing, no active row may be there.
 */
function orDeleted(related: RelatedFilter, where: QueryObject): unknown {
  const whereActive = among(related, where);
  const { deletedAt } = related;
  if (deletedAt === undefined || related.speaks(where)) return whereActive;
  const deleted = { [deletedAt]: { not: null } };
  return isGiven(where['OR']) && saysNothing(where['OR']) ? deleted : { OR: [whereActive, deleted] };
}
