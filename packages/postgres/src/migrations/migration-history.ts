import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { quoteIdentifier } from '../sql/identifier';
import { migrationChecksum, type MigrationFile } from './migration-file';

/** One attempt to apply a migration. */
export interface MigrationRecord {
  readonly name: string;
  readonly checksum: string;
  /** Whether it was applied to its end. */
  readonly finished: boolean;
  /** Whether somebody declared it undone, so that it counts no more. */
  readonly rolledBack: boolean;
  /** Why it failed. */
  readonly logs: string | null;
}

const TABLE = '_prisma_migrations';

/** The columns `prisma migrate` expects, in the order in which it makes them. */
const COLUMNS = `
  id                      VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum                VARCHAR(64) NOT NULL,
  finished_at             TIMESTAMPTZ,
  migration_name          VARCHAR(255) NOT NULL,
  logs                    TEXT,
  rolled_back_at          TIMESTAMPTZ,
  started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count     INTEGER NOT NULL DEFAULT 0`;

/** The history of a database, in the table that `prisma migrate` keeps, too. */
export class MigrationHistory {
  readonly #client: Client;
  readonly #table: string;

  /**
   * @param client - an open connection
   * @param schema - schema that holds the table; named in full, because migrations may change the search path
   */
  constructor(client: Client, schema: string) {
    this.#client = client;
    this.#table = `${quoteIdentifier(schema)}.${TABLE}`;
  }

  /** Makes the table unless it exists. */
  async create(): Promise<void> {
    if (await this.#exists()) return;
    await this.#client.query(`BEGIN; CREATE TABLE ${this.#table} (${COLUMNS})`);
    // Default privileges may have given the application write access to what it must not forge.
    const grantees = await this.#client.query<{ name: string }>(
      `SELECT DISTINCT grantee::regrole::text AS name FROM pg_class, aclexplode(relacl)
       WHERE pg_class.oid = $1::regclass AND grantee <> relowner AND grantee <> 0`,
      [this.#table],
    );
    for (const { name } of grantees.rows) {
      await this.#client.query(`REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ${this.#table} FROM ${name}`);
    }
    await this.#client.query('COMMIT');
  }

  /** Reads all attempts, oldest first; a database without the table has none. */
  async read(): Promise<readonly MigrationRecord[]> {
    if (!(await this.#exists())) return [];
    const { rows } = await this.#client.query<MigrationRecord>(
      `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished,
              rolled_back_at IS NOT NULL AS "rolledBack", logs
       FROM ${this.#table} ORDER BY started_at, migration_name`,
    );
    return rows;
  }

  /** Records that a migration has begun; until it is finished, it counts as failed. */
  async begin({ name, sql }: MigrationFile): Promise<string> {
    const id = randomUUID();
    await this.#client.query(
      `INSERT INTO ${this.#table} (id, checksum, migration_name, started_at) VALUES ($1, $2, $3, clock_timestamp())`,
      [id, migrationChecksum(sql), name],
    );
    return id;
  }

  /** Records that a migration was applied to its end. */
  async finish(id: string): Promise<void> {
    await this.#client.query(
      `UPDATE ${this.#table} SET finished_at = clock_timestamp(), applied_steps_count = 1 WHERE id = $1`,
      [id],
    );
  }

  /** Records why a migration failed. */
  async fail(id: string, logs: string): Promise<void> {
    await this.#client.query(`UPDATE ${this.#table} SET logs = $2 WHERE id = $1`, [id, logs]);
  }

  async #exists(): Promise<boolean> {
    const { rows } = await this.#client.query<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [
      this.#table,
    ]);
    return rows[0]?.found ?? false;
  }
}
