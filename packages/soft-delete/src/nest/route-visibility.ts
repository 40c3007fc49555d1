import type { FilterMode, VisibilityChange } from '../visibility/visibility';
import {
  SOFT_DELETE_ONLY_DELETED,
  SOFT_DELETE_SKIP,
  SOFT_DELETE_WITH_DELETED,
  SOFT_DELETE_WITH_DELETED_RELATIONS,
} from './soft-delete.tokens';

/**
 * What the decorators of a handler and its class say, the last word last: about a model that several name, the handler has it
 * before the class, and on each of them `@WithDeleted()` before `@OnlyDeleted()`.
 *
 * @param controller - the class
 * @param handler - the handler
 * @returns what they say; nothing when there is none of them
 */
export function routeVisibility(controller: object, handler: object): readonly VisibilityChange[] {
  return [controller, handler].flatMap((target): VisibilityChange[] => [
    ...modesSaid(target, SOFT_DELETE_ONLY_DELETED, 'onlyDeleted'),
    ...modesSaid(target, SOFT_DELETE_WITH_DELETED, 'withDeleted'),
    ...said(target, SOFT_DELETE_SKIP, (models) => ({ skipped: new Set(models) })),
    ...said(target, SOFT_DELETE_WITH_DELETED_RELATIONS, (paths) => ({ relationPaths: new Set(paths) })),
  ]);
}

/**
 * What one of the decorators names on a class or a handler.
 *
 * @param key - metadata key of the decorator
 * @param target - the class or the handler
 * @returns the names; `undefined` where the decorator is not
 */
export function decoratedWith(key: string, target: object): readonly string[] | undefined {
  return Reflect.getMetadata(key, target) as readonly string[] | undefined;
}

function said(target: object, key: string, change: (names: readonly string[]) => VisibilityChange): VisibilityChange[] {
  const names = decoratedWith(key, target) ?? [];
  return names.length === 0 ? [] : [change(names)];
}

const modesSaid = (target: object, key: string, mode: FilterMode): VisibilityChange[] =>
  said(target, key, (models) => ({ modes: new Map(models.map((model) => [model, mode])) }));
