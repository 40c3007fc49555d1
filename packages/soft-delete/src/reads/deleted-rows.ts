import type { SoftModel } from '../model/soft-model';
import type { ReadScope } from './read-scope';

/**
 * Tells which of a model's rows a part of a query must not see.
 *
 * @param scope - what the rewriting goes by
 * @param model - name of the model
 * @param path - relations from the root of the query to the part, where deleted rows can be asked for by path
 * @returns the model, when its deleted rows are to be kept out; `undefined` when it has none, or they are asked for
 */
export function hidesDeleted(scope: ReadScope, model: string, path?: string): SoftModel | undefined {
  const soft = scope.schema.soft(model);
  if (soft === undefined) return undefined;
  const { visibility, opened } = scope;
  const asked =
    visibility.modeOf(model) !== 'default' ||
    visibility.isSkipped(model) ||
    (path !== undefined && visibility.relationPaths.has(path));
  if (!asked) return soft;
  opened.add(model);
  return undefined;
}
