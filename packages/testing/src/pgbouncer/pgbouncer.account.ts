import { execFileSync } from 'node:child_process';

/** Numeric ids of an account, as `spawn` takes them. */
export interface AccountIds {
  readonly uid: number;
  readonly gid: number;
}

/** The first is there where the embedded server runs; the last on every system. */
const UNPRIVILEGED = ['postgres', '_postgres', 'nobody'];

/**
 * Decides who runs PgBouncer, which refuses to run as root.
 *
 * @returns the ids of an unprivileged account, or `undefined` when the current user will do
 * @throws Error when the current user is root and the system has no such account
 */
export function pgBouncerAccount(): AccountIds | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of UNPRIVILEGED) {
    const [uid, gid] = [id('-u', name), id('-g', name)];
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  throw new Error(`PgBouncer does not run as root, and there is none of the accounts ${UNPRIVILEGED.join(', ')}`);
}

function id(option: string, name: string): number | undefined {
  try {
    return Number(execFileSync('id', [option, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return undefined;
  }
}
