import type { RedactionRules } from './tracked-table';

/**
 * One spelling for names that differ in case, underscores and hyphens only: who lists `password_hash` means `passwordHash`, too.
 *
 * @param name - any name
 */
export function normalisedName(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, '');
}

/**
 * Makes the rules that a list of names gives.
 *
 * @param names - names of fields, columns, and keys in JSON
 */
export function redactionRules(names: readonly string[]): RedactionRules {
  const sensitive = new Set(names.map(normalisedName));
  return { isSensitive: (name) => sensitive.has(normalisedName(name)), hasNames: sensitive.size > 0 };
}
