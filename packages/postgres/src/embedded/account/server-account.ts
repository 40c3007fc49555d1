import { chown } from 'node:fs/promises';
import { EmbeddedPostgresError } from '../embedded-postgres.error';
import { runProgram } from '../process/run-program';

/** The operating system account PostgreSQL runs under. */
export interface ServerAccount {
  /** Account name for messages. */
  readonly name: string;
  /** Numeric ids to switch to; undefined when the current user runs the server. */
  readonly ids: { readonly uid: number; readonly gid: number } | undefined;
}

/** `_postgres` is the account macOS ships. */
const ACCOUNT_NAMES = ['postgres', '_postgres'] as const;

type Command = readonly [file: string, ...args: string[]];

const SHADOW_UTILS: readonly Command[] = [
  ['groupadd', '--system', 'postgres'],
  ['useradd', '--system', '--gid', 'postgres', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres'],
];

const BUSYBOX: readonly Command[] = [
  ['addgroup', '-S', 'postgres'],
  ['adduser', '-S', '-D', '-H', '-G', 'postgres', '-s', '/sbin/nologin', 'postgres'],
];

/**
 * Decides who runs the server: the current user, or, because PostgreSQL refuses to run as root, the system account
 * `postgres`, which is created when it is absent.
 *
 * @throws {@link EmbeddedPostgresError} when running as root and the account neither exists nor can be created
 */
export async function resolveServerAccount(): Promise<ServerAccount> {
  if (process.getuid?.() !== 0) return { name: 'the current user', ids: undefined };
  return (await findAccount()) ?? (await createAccount());
}

/**
 * Gives a file or folder to the account; does nothing when the current user runs the server.
 *
 * @param path - file or folder, not followed into
 * @param account - its new owner
 */
export async function giveTo(path: string, account: ServerAccount): Promise<void> {
  if (account.ids) await chown(path, account.ids.uid, account.ids.gid);
}

async function findAccount(): Promise<ServerAccount | undefined> {
  for (const name of ACCOUNT_NAMES) {
    const [uid, gid] = await Promise.all([runProgram('id', ['-u', name]), runProgram('id', ['-g', name])]);
    if (uid.exitCode === 0 && gid.exitCode === 0) {
      return { name: `the account ${name}`, ids: { uid: Number(uid.output), gid: Number(gid.output) } };
    }
  }
  return undefined;
}

async function createAccount(): Promise<ServerAccount> {
  const output = (await runAll(SHADOW_UTILS)) ?? (await runAll(BUSYBOX)) ?? '';
  const account = await findAccount();
  if (account) return account;
  throw new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_ACCOUNT_MISSING',
    `PostgreSQL does not run as root, and the account "postgres" could not be created.\n` +
      `Create it (useradd --system postgres), run as an ordinary user, or set DATABASE_URL to a server of your own.\n${output}`,
  );
}

/**
 * Runs all commands, whether they fail or not: the group may exist already, or another start creates the account at the
 * same time.
 *
 * @returns what they printed, or undefined when there are no such commands on this machine
 */
async function runAll(commands: readonly Command[]): Promise<string | undefined> {
  let output = '';
  for (const [file, ...args] of commands) {
    const result = await runProgram(file, args);
    if (result.failure?.code === 'ENOENT') return undefined;
    output += result.output;
  }
  return output;
}
