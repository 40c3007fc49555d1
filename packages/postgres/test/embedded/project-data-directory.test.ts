import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectDataDirectory } from '@nestarc/postgres/embedded';
import { expect, test } from 'vitest';
import { temporaryFolder } from './fixture/temporary-folder';

const isRoot = process.getuid?.() === 0;

test('a clone keeps its data directory', async () => {
  await using folder = await temporaryFolder();
  const names = await Promise.all(Array.from({ length: 10 }, () => projectDataDirectory(folder.path)));
  expect(new Set(names).size).toBe(1);
  expect(await projectDataDirectory(folder.path)).toBe(names[0]);
});

test('another clone, a copy of the folder and a fresh clone at the same path get one of their own', async () => {
  await using folder = await temporaryFolder();
  const [original, copy] = [join(folder.path, 'original'), join(folder.path, 'copy')];
  await mkdir(original);
  const first = await projectDataDirectory(original);
  await cp(original, copy, { recursive: true });
  const second = await projectDataDirectory(copy);
  await rm(original, { recursive: true });
  await mkdir(original);
  const third = await projectDataDirectory(original);
  expect(new Set([first, second, third]).size).toBe(3);
  expect(await projectDataDirectory(copy)).toBe(second);
});

test('a record that cannot be read is replaced', async () => {
  await using folder = await temporaryFolder();
  await projectDataDirectory(folder.path);
  await writeFile(join(folder.path, '.nestarc/clone.json'), '{"id":"../../../etc","root":');
  await projectDataDirectory(folder.path);
  const record = JSON.parse(await readFile(join(folder.path, '.nestarc/clone.json'), 'utf8')) as { id: string };
  expect(record.id).toMatch(/^[0-9a-f]{12}$/);
});

test.runIf(isRoot)('for root the data lies where the account can reach it', async () => {
  await using folder = await temporaryFolder();
  expect(await projectDataDirectory(folder.path)).toMatch(/^\/var\/lib\/nestarc\/nestarc-embedded-\w+-[0-9a-f]{12}$/);
});

test.skipIf(isRoot)('for an ordinary user the data lies in the project', async () => {
  await using folder = await temporaryFolder();
  expect(await projectDataDirectory(folder.path)).toContain(join(folder.path, '.nestarc', 'postgres-'));
});
