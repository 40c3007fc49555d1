import { spawn } from 'node:child_process';
import type { ServerAccount } from '../account/server-account';
import { serverEnvironment } from './server-environment';

/** What a finished program left behind. */
export interface ProgramResult {
  /** Exit code; null when a signal ended it or it could not be started. */
  readonly exitCode: number | null;
  /** Standard output and standard error, in order of arrival. */
  readonly output: string;
  /** Why the program could not be started at all, such as ENOENT. */
  readonly failure: NodeJS.ErrnoException | undefined;
}

/**
 * Runs a short program to its end under the given account; never rejects.
 *
 * @param file - path or name of the program
 * @param args - its arguments, passed without a shell
 * @param account - who runs it
 */
export async function runProgram(
  file: string,
  args: readonly string[],
  account?: ServerAccount,
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    // The caller's folder may be closed to the account, and PostgreSQL refuses to start where it cannot stand.
    const child = spawn(file, args, {
      ...account?.ids,
      cwd: '/',
      env: serverEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (chunk: Buffer): void => void (output += chunk.toString('utf8'));
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', (failure) => resolve({ exitCode: null, output, failure }));
    child.once('close', (exitCode) => resolve({ exitCode, output, failure: undefined }));
  });
}
