import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Servers live in folders that are not on the PATH of ordinary users on Debian. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/opt/homebrew/bin', '/usr/local/bin', '/usr/bin'];

/** Thrown by {@link requireProgram} where tests must not be left out. */
export class ProgramMissingError extends Error {
  override readonly name = 'ProgramMissingError';

  constructor(program: string) {
    super(`The program "${program}" is not installed, and CI is set: install it, so that no test is left out unseen.`);
  }
}

/**
 * Finds an installed program, on the PATH and in the folders where systems keep servers.
 *
 * @param name - name of the program, without a folder
 * @returns its absolute path, or `undefined` when it is not installed
 */
export function findProgram(name: string): string | undefined {
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''),
    ...SYSTEM_FOLDERS,
  ];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

const announced = new Set<string>();

/**
 * Tells whether the tests that need a program of the system can run: `it.runIf(requireProgram('pgbouncer'))`. Where it is
 * absent a warning says, once, that they are left out.
 *
 * @param name - name of the program, without a folder
 * @throws {@link ProgramMissingError} when it is absent and the environment variable `CI` is set
 */
export function requireProgram(name: string): boolean {
  if (findProgram(name) !== undefined) return true;
  if (isContinuousIntegration()) throw new ProgramMissingError(name);
  if (!announced.has(name)) {
    process.emitWarning(`"${name}" is not installed: the tests that need it are left out`, 'NestarcWarning');
  }
  announced.add(name);
  return false;
}

function isContinuousIntegration(): boolean {
  return !['', '0', 'false'].includes((process.env['CI'] ?? '').toLowerCase());
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
