import { join } from 'node:path';
import type { ServerAccount } from '../account/server-account';
import { EmbeddedPostgresError } from '../embedded-postgres.error';
import { runProgram } from '../process/run-program';
import { copyToCache } from './binaries-cache';
import { findBinariesPackage } from './binaries-package';
import { makeNativeSymlinks } from './native-symlinks';

/** PostgreSQL programs that the server account can execute. */
export interface ServerBinaries {
  /** Path of `initdb`. */
  readonly initdb: string;
  /** Path of `postgres`. */
  readonly postgres: string;
  /** Major version, such as `18`. */
  readonly majorVersion: number;
}

/**
 * Finds PostgreSQL programs the account can execute: where npm put them, or a copy in a cache when they lie below a
 * folder that is closed to it.
 *
 * @param account - who will run them
 * @param packageFolder - folder of the package they come from; the installed `embedded-postgres` brings them when left out
 * @throws {@link EmbeddedPostgresError} when they are not installed or do not run on this machine
 */
export async function prepareBinaries(account: ServerAccount, packageFolder?: string): Promise<ServerBinaries> {
  const { nativeFolder, cacheKey } = findBinariesPackage(packageFolder);
  await makeNativeSymlinks(nativeFolder);
  const inPlace = await tryBinaries(nativeFolder, account);
  if (typeof inPlace !== 'string') return inPlace;
  const isUsable = async (folder: string): Promise<boolean> => typeof (await tryBinaries(folder, account)) !== 'string';
  const copy = await copyToCache(nativeFolder, cacheKey, isUsable);
  const cached = await tryBinaries(copy, account);
  if (typeof cached !== 'string') return cached;
  throw new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_FAILED',
    `The PostgreSQL programs do not run on this machine.\n${nativeFolder}: ${inPlace}\n${copy}: ${cached}`,
  );
}

/** Returns the programs, or the reason why they do not run. */
async function tryBinaries(nativeFolder: string, account: ServerAccount): Promise<ServerBinaries | string> {
  const programs = { initdb: join(nativeFolder, 'bin', 'initdb'), postgres: join(nativeFolder, 'bin', 'postgres') };
  // --version loads every shared library, so that a missing link shows here and not halfway through initdb.
  const [initdb, postgres, share] = await Promise.all([
    runProgram(programs.initdb, ['--version'], account),
    runProgram(programs.postgres, ['--version'], account),
    runProgram('/bin/sh', ['-c', 'cat "$1" >/dev/null', 'sh', templateFile(nativeFolder)], account),
  ]);
  for (const { exitCode, failure, output } of [initdb, postgres, share]) {
    if (exitCode !== 0) return failure?.message ?? output.trim();
  }
  const version = /\(PostgreSQL\) (\d+)/.exec(postgres.output)?.[1];
  return version ? { ...programs, majorVersion: Number(version) } : `unexpected version: ${postgres.output.trim()}`;
}

function templateFile(nativeFolder: string): string {
  return join(nativeFolder, 'share', 'postgresql', 'postgres.bki');
}
