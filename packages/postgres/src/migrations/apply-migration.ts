import type { Client } from 'pg';
import { describeFailure } from './migration-failure';
import type { MigrationFile } from './migration-file';
import type { MigrationHistory } from './migration-history';
import { splitStatements } from './split-statements';

/**
 * Applies one migration and records it.
 *
 * @param client - a connection that holds the migration lock
 * @param history - where to record it
 * @param file - what to apply
 * @throws {@link MigrationError} naming file, line and SQLSTATE; a migration in a transaction then leaves nothing behind,
 * one without leaves a record that keeps later runs from going on
 */
export async function applyMigration(client: Client, history: MigrationHistory, file: MigrationFile): Promise<void> {
  return file.mode === 'transaction' ? applyAtOnce(client, history, file) : applyInParts(client, history, file);
}

async function applyAtOnce(client: Client, history: MigrationHistory, file: MigrationFile): Promise<void> {
  await client.query('BEGIN');
  try {
    const id = await history.begin(file);
    await runScript(client, file);
    // The file may have put on another role.
    await client.query('RESET ROLE');
    await history.finish(id);
    await commit(client, file);
  } catch (error) {
    // Without an answer there is no transaction left to roll back.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** Deferred constraints are checked here. */
async function commit(client: Client, file: MigrationFile): Promise<void> {
  await client.query('COMMIT').catch((error: unknown) => {
    throw describeFailure(file, error, undefined);
  });
}

async function applyInParts(client: Client, history: MigrationHistory, file: MigrationFile): Promise<void> {
  const id = await history.begin(file);
  try {
    await (file.mode === 'script' ? runScript(client, file) : runStatements(client, file));
    await client.query('RESET ROLE');
    await history.finish(id);
  } catch (error) {
    await client.query('ROLLBACK; RESET ROLE').catch(() => undefined);
    await history.fail(id, error instanceof Error ? error.message : String(error)).catch(() => undefined);
    throw error;
  }
}

/** Sends the file as it is: PostgreSQL, not the splitter, decides where its statements end. */
async function runScript(client: Client, file: MigrationFile): Promise<void> {
  let completed = 0;
  const count = (): void => void (completed += 1);
  client.connection.on('commandComplete', count);
  try {
    await client.query(file.sql);
  } catch (error) {
    throw describeFailure(file, error, splitStatements(file.sql)[completed]?.line);
  } finally {
    client.connection.off('commandComplete', count);
  }
}

async function runStatements(client: Client, file: MigrationFile): Promise<void> {
  for (const { text, line } of splitStatements(file.sql)) {
    try {
      await client.query(text);
    } catch (error) {
      throw describeFailure({ ...file, sql: text }, error, line, line);
    }
  }
}
