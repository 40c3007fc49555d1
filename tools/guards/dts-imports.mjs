// @ts-check
import { existsSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { mayImport } from './layers.mjs';
import { importsOf, parse } from './source.mjs';
import { SCOPE, packageOf, readPackages } from './workspace.mjs';

/** @typedef {import('./guard.mjs').Problem} Problem */

/** What the public types of every package may mention, beside Node's own modules. */
const EVERYWHERE = ['@nestjs/common', '@nestjs/core', 'rxjs', 'pg'];

/** What the public types of one package may mention beyond that, with the reason. */
const PRISMA_TYPES = ['@prisma/client/extension', '@prisma/client/runtime/client'];

/** @type {Readonly<Record<string, readonly string[]>>} */
const BEYOND = {
  // resolveOptions takes the schema of the options.
  core: ['zod'],
  // The type of a client extension is Prisma's own.
  prisma: PRISMA_TYPES,
  // TenantCacheInterceptor is a CacheInterceptor, in a subpath of its own.
  tenancy: [...PRISMA_TYPES, '@nestjs/cache-manager'],
};

/** Packages without types of their own: who mentions them must bring the types along, or users see none. */
const TYPED_ELSEWHERE = new Map([['pg', '@types/pg']]);

/** @type {import('./guard.mjs').Guard} */
export const dtsImports = {
  name: 'dts-imports',
  check(root) {
    /** @type {Problem[]} */
    const problems = [];
    let looked = 0;
    for (const workspace of readPackages(root)) {
      const pending = workspace.entryPoints.map(({ types }) => types);
      const seen = new Set(pending);
      for (const file of pending) {
        if (!existsSync(path.join(root, file))) {
          problems.push({ file, message: 'does not exist: run "npm run build", or mend "types" in package.json' });
          continue;
        }
        looked += 1;
        for (const { specifier, line } of importsOf(parse(root, file))) {
          if (specifier.startsWith('.')) {
            const target = declarationFile(root, path.posix.join(path.posix.dirname(file), specifier));
            if (!seen.has(target)) pending.push(target);
            seen.add(target);
            continue;
          }
          const message = problemWith(specifier, workspace);
          if (message !== undefined) problems.push({ file, line, message });
        }
      }
    }
    return { looked, problems };
  },
};

/**
 * @param {string} root
 * @param {string} target - path without extension, or with that of the JavaScript file
 */
function declarationFile(root, target) {
  const base = target.replace(/\.js$/, '');
  const index = `${base}/index.d.ts`;
  return !existsSync(path.join(root, `${base}.d.ts`)) && existsSync(path.join(root, index)) ? index : `${base}.d.ts`;
}

/**
 * @param {string} specifier
 * @param {import('./workspace.mjs').Workspace} workspace
 * @returns {string | undefined}
 */
function problemWith(specifier, { name, manifest }) {
  if (isBuiltin(specifier) || specifier === 'node') return undefined;
  const dependency = packageOf(specifier);
  const siblings = (mayImport.get(name) ?? []).map((other) => SCOPE + other);
  const allowed = [...EVERYWHERE, ...(BEYOND[name] ?? [])];
  if (!siblings.includes(dependency) && !allowed.includes(specifier)) {
    return `public types may not mention "${specifier}": describe the part that is used with an interface of our own`;
  }
  if (!(dependency in { ...manifest.dependencies, ...manifest.peerDependencies })) {
    return `public types mention "${dependency}", which is neither a dependency nor a peer dependency`;
  }
  const types = TYPED_ELSEWHERE.get(dependency);
  if (types === undefined || types in (manifest.dependencies ?? {})) return undefined;
  return `public types mention "${dependency}", whose types are in "${types}": add that to the dependencies`;
}
