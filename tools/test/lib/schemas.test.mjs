// @ts-check
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findSchemas, outputFolder } from '../../lib/schemas.mjs';

/** @param {Record<string, string>} files */
function folderWith(files) {
  const folder = mkdtempSync(path.join(tmpdir(), 'nestarc-schemas-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

test('finds the schemas of applications, tests and benches, and no copies of them', () => {
  const wanted = ['apps/a/prisma/schema.prisma', 'bench/b/schema.prisma', 'packages/c/test/x/y/schema.prisma'];
  const copies = ['bench/generated/b/schema.prisma', 'packages/c/test/generated/schema.prisma'];
  const elsewhere = ['packages/c/schema.prisma', 'apps/a/node_modules/d/prisma/schema.prisma'];
  const root = folderWith(Object.fromEntries([...wanted, ...copies, ...elsewhere].map((name) => [name, ''])));
  expect(findSchemas(root)).toEqual(wanted.map((name) => path.join(root, name)));
});

test('knows where a client is written to', () => {
  const root = folderWith({
    'apps/a/prisma/schema.prisma': 'generator client {\n  provider = "prisma-client-js"\n}\n',
    'bench/b/schema.prisma': 'generator client {\n  output   = "../generated/b"\n}\n',
  });
  expect(outputFolder(root, path.join(root, 'apps/a/prisma/schema.prisma'))).toBe(
    path.join(root, 'node_modules/.prisma/client'),
  );
  expect(outputFolder(root, path.join(root, 'bench/b/schema.prisma'))).toBe(path.join(root, 'bench/generated/b'));
});
