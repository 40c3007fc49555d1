import { dirname } from 'node:path';
import { EmbeddedPostgresError } from '../embedded-postgres.error';
import { runProgram } from '../process/run-program';
import type { ServerAccount } from './server-account';

/**
 * Makes sure that the account can enter a folder.
 *
 * @param folder - absolute path of an existing folder
 * @param account - who must enter it
 * @throws {@link EmbeddedPostgresError} naming the ancestor that is closed to the account
 */
export async function assertReachable(folder: string, account: ServerAccount): Promise<void> {
  if (!account.ids || (await canEnter(folder, account))) return;
  let closed = folder;
  while (closed !== '/' && !(await canEnter(dirname(closed), account))) closed = dirname(closed);
  throw new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_DIRECTORY_UNUSABLE',
    `PostgreSQL runs as ${account.name}, which cannot enter ${closed}, so the data cannot live in ${folder}.\n` +
      `Choose a folder it can reach, or open that one with chmod o+x.`,
  );
}

async function canEnter(folder: string, account: ServerAccount): Promise<boolean> {
  const { exitCode } = await runProgram('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], account);
  return exitCode === 0;
}
