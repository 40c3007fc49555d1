import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { giveTo, type ServerAccount } from '../account/server-account';
import type { ServerBinaries } from '../binaries/server-binaries';
import { EmbeddedPostgresError } from '../embedded-postgres.error';
import { runProgram } from '../process/run-program';
import { DATA_FOLDER, PASSWORD_FILE, type ClusterLayout } from './cluster-layout';

/** What initdb needs to know. */
export interface InitialiseOptions {
  readonly layout: ClusterLayout;
  readonly binaries: ServerBinaries;
  readonly account: ServerAccount;
  /** False skips flushing the new files to disk. */
  readonly durable: boolean;
}

/** Not every C library knows C.UTF-8. */
const LOCALES = ['C.UTF-8', 'C'] as const;

/**
 * Creates the cluster on first use.
 *
 * initdb works in a folder of its own that gets its final name as the last step: whatever interrupts it, the next start
 * finds either a whole cluster or none.
 *
 * @throws {@link EmbeddedPostgresError} when initdb fails or the cluster was made by another major version
 */
export async function initialiseCluster(options: InitialiseOptions): Promise<void> {
  const { layout, binaries } = options;
  const existing = await readVersion(layout);
  if (existing === binaries.majorVersion) return;
  if (existing !== undefined) {
    throw new EmbeddedPostgresError(
      'EMBEDDED_POSTGRES_VERSION_MISMATCH',
      `The data in ${layout.root} was made by PostgreSQL ${existing}, but PostgreSQL ${binaries.majorVersion} is installed.\n` +
        'Install the earlier version of embedded-postgres, or delete that folder to start empty.',
    );
  }
  await removePartialClusters(layout);
  await createCluster(options);
}

async function createCluster({ layout, binaries, account, durable }: InitialiseOptions): Promise<void> {
  const partial = join(layout.root, `${layout.partialPrefix}${randomBytes(6).toString('hex')}`);
  await mkdir(partial, { mode: 0o700 });
  await giveTo(partial, account);
  const passwordFile = join(partial, PASSWORD_FILE);
  await writeFile(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
  await giveTo(passwordFile, account);
  try {
    const failures: string[] = [];
    for (const locale of LOCALES) {
      const data = join(partial, DATA_FOLDER);
      const result = await runProgram(binaries.initdb, initdbArguments(data, passwordFile, locale, durable), account);
      if (result.exitCode === 0) return await publish(partial, layout);
      failures.push(result.failure?.message ?? result.output.trim());
      await rm(data, { recursive: true, force: true });
    }
    throw new EmbeddedPostgresError('EMBEDDED_POSTGRES_FAILED', `initdb failed: ${failures.join('\n')}`);
  } finally {
    await removePartialClusters(layout);
  }
}

function initdbArguments(data: string, passwordFile: string, locale: string, durable: boolean): string[] {
  return [
    `--pgdata=${data}`,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    `--locale=${locale}`,
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ];
}

async function publish(partial: string, layout: ClusterLayout): Promise<void> {
  await rename(partial, layout.cluster);
  const folder = await open(layout.root, 'r');
  await folder.sync().finally(() => folder.close());
}

async function readVersion(layout: ClusterLayout): Promise<number | undefined> {
  const text = await readFile(join(layout.data, 'PG_VERSION'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Number.parseInt(text, 10);
}

/** An initdb whose parent was killed may still be writing; what it leaves now, the next start removes. */
async function removePartialClusters(layout: ClusterLayout): Promise<void> {
  const names = await readdir(layout.root);
  for (const name of names.filter((entry) => entry.startsWith(layout.partialPrefix))) {
    await rm(join(layout.root, name), { recursive: true, force: true, maxRetries: 5 }).catch(() => undefined);
  }
}
