import { hashedName, objectName } from './ddl';

/**
 * Names objects by parts. Joined, those of different objects may come out the same: table `order` with the column `line_number`,
 * and table `order_line` with `number`. Only there a hash of the parts tells them apart.
 *
 * @param all - the parts of all names
 * @returns gives the name for one list of parts
 */
export function distinctNames(all: readonly (readonly string[])[]): (parts: readonly string[]) => string {
  const partsByName = new Map<string, Set<string>>();
  for (const parts of all) {
    const name = objectName(...parts);
    partsByName.set(name, (partsByName.get(name) ?? new Set()).add(JSON.stringify(parts)));
  }
  return (parts) => {
    const name = objectName(...parts);
    return (partsByName.get(name)?.size ?? 0) > 1 ? hashedName(parts) : name;
  };
}
