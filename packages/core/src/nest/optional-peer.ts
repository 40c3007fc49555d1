import { createRequire } from 'node:module';

const requirePeer = createRequire(__filename);

/**
 * Loads an optional peer dependency, or tells that it is not installed. `require`, because jest on Node 20 cannot run a
 * native `import()`; Node loads ESM packages through it since 20.19.
 *
 * @param name - package to load
 * @returns its exports, or `undefined` when the package is absent
 * @throws whatever the package throws while loading
 */
export function requireOptionalPeer(name: string): unknown {
  try {
    return requirePeer(name);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const absent = code === 'MODULE_NOT_FOUND' && message.split('\n', 1)[0]?.includes(`'${name}'`) === true;
    if (absent) return undefined;
    throw error;
  }
}
