import { columnItems } from './columns.items';
import { guardItems } from './guards.items';
import { indexItems } from './indexes.items';
import type { InstallItem, InstallTarget } from './install-item';
import { policyItems } from './policies.items';
import { uniqueItems } from './uniques.items';

/**
 * Lists what the database needs, in the order in which it can be made.
 *
 * @param target - what is installed
 */
export function installItems(target: InstallTarget): InstallItem[] {
  const { options } = target;
  return [
    ...(options.columns ? columnItems(target) : []),
    ...(options.uniqueAmongActive ? uniqueItems(target) : []),
    // After the unique indexes are replaced: one among active rows does not find deleted children.
    ...(options.indexes ? indexItems(target) : []),
    ...(options.guards ? guardItems(target) : []),
    ...(options.policies ? policyItems(target) : []),
  ];
}

/**
 * Writes items as a script.
 *
 * @param items - what to make
 */
export function scriptOf(items: readonly InstallItem[]): string {
  return items
    .map(({ title, sql }) => `-- ${title.replaceAll(/\s+/g, ' ')}\n${sql === '' ? '' : `${sql}\n`}`)
    .join('\n');
}
