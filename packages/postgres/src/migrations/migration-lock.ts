import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { MigrationError } from './migration.error';

/** The key `prisma migrate` locks, so that it and this runner wait for each other. */
const LOCK_KEY = 72_707_369;
/** How often the lock is asked for, in milliseconds. */
const POLL_MS = 100;

/**
 * Holds the lock of the database's migrations while the work is done.
 *
 * The lock is asked for again and again instead of waited for: a session that waits inside a statement holds a snapshot,
 * and CREATE INDEX CONCURRENTLY in the running migration would wait for that snapshot in turn.
 *
 * @param client - a connection of its own, not through a transaction pooler; the lock belongs to its session
 * @param timeoutMs - how long to wait for another run, in milliseconds
 * @param work - what to do
 * @throws {@link MigrationError} when another run holds the lock for too long
 */
export async function withMigrationLock<T>(client: Client, timeoutMs: number, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  while (!(await tryLock(client))) {
    if (Date.now() >= deadline) {
      throw new MigrationError(`Another migration run has held the lock of this database for ${timeoutMs} ms`, {
        code: 'MIGRATION_LOCK_TIMEOUT',
      });
    }
    await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    // On a lost connection the lock is gone already.
    await client.query('SELECT pg_advisory_unlock($1)', [LOCK_KEY]).catch(() => undefined);
  }
}

async function tryLock(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [LOCK_KEY]);
  return rows[0]?.locked ?? false;
}
