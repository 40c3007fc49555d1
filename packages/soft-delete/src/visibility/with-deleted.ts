import { runWithChanges } from './current-visibility';
import { ALL_MODELS, type FilterMode, type VisibilityChange } from './visibility';

/**
 * Gives a view of a model, or of a whole client, that sees deleted rows as well: `withDeleted(prisma.user).findMany()`.
 * Operations called on the view see deleted rows of the named models wherever these stand in the query.
 *
 * @param target - a model of a Prisma client, or the client
 * @param models - names of the models whose deleted rows are seen. Defaults to the model itself, or to every model of a client
 * @returns the same methods with the same types
 */
export function withDeleted<T extends object>(target: T, ...models: readonly string[]): T {
  return viewOf(target, { modes: modesOf(target, models, 'withDeleted') });
}

/**
 * Gives a view of a model, or of a whole client, that sees nothing but deleted rows: `onlyDeleted(prisma.user).findMany()`.
 *
 * @param target - a model of a Prisma client, or the client
 * @param models - names of the models that are seen so. Defaults to the model itself, or to every model of a client
 * @returns the same methods with the same types
 */
export function onlyDeleted<T extends object>(target: T, ...models: readonly string[]): T {
  return viewOf(target, { modes: modesOf(target, models, 'onlyDeleted') });
}

function modesOf(target: object, models: readonly string[], mode: FilterMode): ReadonlyMap<string, FilterMode> {
  const named = models.length > 0 ? models : [modelOf(target) ?? ALL_MODELS];
  return new Map(named.map((model) => [model, mode]));
}

/** Models of a client carry their name; a client does not. */
function modelOf(target: object): string | undefined {
  const name: unknown = Reflect.get(target, '$name');
  return typeof name === 'string' ? name : undefined;
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** What stands behind each view, so that of a view of a view the outer one has the last word. */
const views = new WeakMap<object, { readonly held: object; readonly changes: readonly VisibilityChange[] }>();

function viewOf<T extends object>(target: T, change: VisibilityChange): T {
  const behind = views.get(target);
  const changes = [...(behind?.changes ?? []), change];
  const view = new Proxy((behind?.held ?? target) as T, {
    get(held, key): unknown {
      const value: unknown = Reflect.get(held, key, held);
      if (typeof key === 'symbol' || key.startsWith('_') || key === '$parent') return value;
      if (typeof value === 'function') {
        // Prisma's promises are lazy, and bound to the context of this call.
        return (...args: unknown[]) => runWithChanges(changes, () => (value as Method).apply(held, args));
      }
      const isModel = typeof value === 'object' && value !== null && modelOf(value) !== undefined;
      return isModel ? changes.reduce((model: object, next) => viewOf(model, next), value) : value;
    },
  });
  views.set(view, { held: behind?.held ?? target, changes });
  return view;
}
