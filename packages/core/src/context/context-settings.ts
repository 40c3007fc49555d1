import { createContext, type RequestContext } from './request-context';

const NOTHING = createContext();
const latest = new WeakMap<RequestContext, RequestContext>();

/**
 * Gives a context whose statements carry further PostgreSQL settings, all else as it was. What carries the statements
 * refuses names that are none, and those that carry the context itself.
 *
 * Asked for the same again it gives the same context, because statements are only merged within one.
 *
 * @param context - the context to start from; `undefined` starts from one that knows nothing
 * @param settings - values by name, merged over those that are there
 */
export function withSettings(
  context: RequestContext | undefined,
  settings: Readonly<Record<string, string>>,
): RequestContext {
  const base = context ?? NOTHING;
  const merged = { ...base.settings, ...settings };
  if (isSame(base.settings, merged)) return base;
  const before = latest.get(base);
  if (before !== undefined && isSame(before.settings, merged)) return before;
  const made = createContext({ ...base, settings: merged });
  latest.set(base, made);
  return made;
}

function isSame(one: Readonly<Record<string, string>> = {}, other: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(other);
  return Object.keys(one).length === names.length && names.every((name) => one[name] === other[name]);
}
