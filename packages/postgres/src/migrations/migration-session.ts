import { Client } from 'pg';
import { quoteIdentifier } from '../sql/identifier';

/** A connection for migrations and the schema they work in. */
export interface MigrationSession {
  readonly client: Client;
  /** Schema that holds the history and, unless a migration says otherwise, what it makes. */
  readonly schema: string;
  /** Takes back what a migration has set for the session. */
  reset(): Promise<void>;
}

/**
 * Opens a connection, does the work, and closes it. As with Prisma, `?schema=` in the connection string names the schema,
 * which is made when it is absent.
 *
 * @param connectionString - of the role that owns the schema
 * @param work - what to do
 */
export async function withMigrationSession<T>(
  connectionString: string,
  work: (session: MigrationSession) => Promise<T>,
): Promise<T> {
  const client = new Client({ connectionString });
  // A lost connection rejects the running query; without a listener it would also end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const wanted = schemaParameter(connectionString);
    const schema = wanted ?? (await currentSchema(client));
    const reset = async (): Promise<void> => {
      await client.query('RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL');
      if (wanted !== undefined) await client.query(`SET search_path TO ${quoteIdentifier(wanted)}`);
    };
    await reset();
    return await work({ client, schema, reset });
  } finally {
    await client.end();
  }
}

/**
 * Makes the schema of a session unless it exists.
 *
 * @param session - whose schema
 */
export async function createSchema({ client, schema }: MigrationSession): Promise<void> {
  // IF NOT EXISTS alone would ask for the right to create schemas even when there is nothing to create.
  const found = await client.query('SELECT FROM pg_namespace WHERE nspname = $1', [schema]);
  if (found.rowCount === 0) await client.query(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(schema)}`);
}

/** Connection strings are not always valid URLs: pg takes passwords that URL refuses. */
function schemaParameter(connectionString: string): string | undefined {
  const value = /[?&]schema=([^&#]+)/.exec(connectionString)?.[1];
  return value === undefined ? undefined : decodeURIComponent(value);
}

async function currentSchema(client: Client): Promise<string> {
  const { rows } = await client.query<{ schema: string | null }>('SELECT current_schema() AS schema');
  return rows[0]?.schema ?? 'public';
}
