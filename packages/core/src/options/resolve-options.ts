import type { z } from 'zod';
import { InvalidOptionsError } from '../errors/invalid-options.error';
import { deepFreeze } from './deep-freeze';

/**
 * Validates options against a schema, fills in defaults and freezes the result.
 *
 * @param owner - who was given the options, such as `TenancyModule`; opens the error message
 * @param schema - zod schema whose output is the resolved form
 * @param options - what the user passed
 * @throws {@link InvalidOptionsError} naming the path of every refused option
 */
export function resolveOptions<S extends z.ZodType>(owner: string, schema: S, options: unknown): z.output<S> {
  const result = schema.safeParse(options);
  if (!result.success) {
    const problems = result.error.issues.map((issue) => ({ path: formatPath(issue.path), message: issue.message }));
    throw new InvalidOptionsError(owner, problems);
  }
  return deepFreeze(result.data, options);
}

function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}
