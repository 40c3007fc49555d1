// @ts-check
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/**
 * Writes a small repository into a temporary folder, which is gone when the test ends.
 *
 * @param {Readonly<Record<string, string | object>>} files - text, or an object for JSON, by path
 * @returns {string} the folder
 */
export function makeTree(files) {
  const root = mkdtempSync(path.join(os.tmpdir(), 'nestarc-guard-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(root, file), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return root;
}

/**
 * The package.json of a package of the monorepo.
 *
 * @param {string} name - name without the scope
 * @param {object} [fields] - what differs
 */
export function manifest(name, fields = {}) {
  return {
    name: `@nestarc/${name}`,
    version: '0.1.0',
    exports: {
      '.': { '@nestarc/source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' },
      './package.json': './package.json',
    },
    ...fields,
  };
}

/**
 * The problems of a guard as text, to compare with.
 *
 * @param {import('../../guards/guard.mjs').Guard} guard - the guard
 * @param {string} root - the repository it looks at
 */
export function problemsOf(guard, root) {
  return guard.check(root).problems.map(({ file, line, message }) => `${file}:${line ?? 0} ${message}`);
}
