import { ParentDeletedError, RestoreConflictError } from '../errors/restore.errors';
import type { SoftModel } from '../model/soft-model';
import { hashedName, objectName } from '../sql/ddl';
import { sqlFailure } from '../rows/sql-failure';
import { columnsOf, type UniqueInfo } from '@nestarc/prisma';

/**
 * Turns what PostgreSQL refused a restoration with into the error that stands for it. What could be asked about ahead was
 * asked; these are rows that have come since, or that the caller cannot see.
 *
 * @param error - what the statement failed with
 * @param models - the models it restored rows of, that of the rows that were asked for first
 * @returns `undefined` for failures that stand for themselves
 */
export function restoreFailure(error: unknown, models: readonly SoftModel[]): Error | undefined {
  const failure = sqlFailure(error);
  const [root] = models;
  if (failure === undefined || root === undefined) return undefined;
  if (failure.sqlState === '23503') {
    const guarded = models.find(({ info }) => failure.text.includes(`on table "${info.table}"`));
    return new ParentDeletedError((guarded ?? root).name, undefined, { cause: error });
  }
  if (failure.sqlState !== '23505') return undefined;
  const known = keyIn(models, failure.text, failure.columns);
  return known === undefined
    ? new RestoreConflictError(root.name, [], { cause: error })
    : new RestoreConflictError(known.model.name, known.unique.fields, { cause: error });
}

interface KnownKey {
  readonly model: SoftModel;
  readonly unique: UniqueInfo;
}

/** By the name of the index: Prisma's, or ours among active rows. Otherwise by the columns, where these are told. */
function keyIn(models: readonly SoftModel[], text: string, columns: readonly string[]): KnownKey | undefined {
  const keys = models.flatMap((model) => model.info.uniques.map((unique) => ({ model, unique })));
  const byIndex = keys.find(({ model: { info }, unique }) => {
    const names = [info.table, ...columnsOf(info, unique.fields)];
    const ours = [...names, 'active_key'];
    return [hashedName(ours), objectName(...ours), objectName(...names, 'key')].some(
      (name) => text.includes(`"${name}"`) || text.split(/\s+/).includes(name),
    );
  });
  if (byIndex !== undefined || columns.length === 0) return byIndex;
  return keys.find(({ model, unique }) => columnsOf(model.info, unique.fields).join() === columns.join());
}
