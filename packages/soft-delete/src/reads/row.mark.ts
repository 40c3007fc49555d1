import type { SoftModel } from '../model/soft-model';
import type { RowMark } from './answer.projector';
import { isGiven, isQueryObject, type QueryObject } from './query-value';
import type { ReadScope } from './read-scope';

/** Arguments of a single row with the mark of deleted rows selected. */
export interface MarkedSelection {
  /** The arguments. */
  readonly args: QueryObject;
  /** What is done to the rows. */
  readonly mark: RowMark;
}

/**
 * Selects the mark of deleted rows along with a row, so that a deleted one is read, and taken out of the answer.
 *
 * @param scope - what the rewriting goes by
 * @param soft - the model of the row
 * @param args - the caller's arguments for it, never changed
 * @param refuse - makes the error that a deleted row gives; without it there is null in its place
 * @returns `undefined` where no field is left, which Prisma refuses
 */
export function markRow(
  scope: ReadScope,
  soft: SoftModel,
  args: QueryObject,
  refuse?: () => Error,
): MarkedSelection | undefined {
  const { deletedAt } = soft;
  const { options } = scope;
  const marked = (isAdded: boolean, changed: QueryObject = args): MarkedSelection => ({
    args: changed,
    mark: { deletedAt, isAdded, isHidden: options.enforcement === 'database', refuse },
  });
  const { select, omit } = args;
  if (isQueryObject(select)) {
    if (select[deletedAt] === true) return marked(false);
    return showsSome(select) ? marked(true, { ...args, select: { ...select, [deletedAt]: true } }) : undefined;
  }
  const omitted: QueryObject = { ...scope.globalOmit?.[delegateName(soft.name)], ...givenValues(omit) };
  if (omitted[deletedAt] !== true) return marked(false);
  const isShown = soft.info.fields.some(
    ({ kind, name }) => (kind === 'scalar' || kind === 'enum') && omitted[name] !== true,
  );
  if (!isShown && !showsSome(args['include'])) return undefined;
  return marked(true, { ...args, omit: { ...(isQueryObject(omit) ? omit : {}), [deletedAt]: false } });
}

const showsSome = (selection: unknown): boolean =>
  isQueryObject(selection) && Object.values(selection).some((value) => isGiven(value) && value !== false);

function givenValues(value: unknown): QueryObject {
  return isQueryObject(value) ? Object.fromEntries(Object.entries(value).filter(([, held]) => isGiven(held))) : {};
}

/** The client calls the model `UserProfile` `userProfile`. */
const delegateName = (model: string): string => model.charAt(0).toLowerCase() + model.slice(1);
