import { Client } from 'pg';

/**
 * Works on a connection of its own, and closes it.
 *
 * @param connectionString - where to connect
 * @param work - what to do
 */
export async function withConnection<T>(connectionString: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString });
  // A lost connection rejects the running statement; without a listener it would end the process as well.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * Runs statements on a connection of their own.
 *
 * @param connectionString - where to connect
 * @param statements - SQL without parameters
 */
export async function execute(connectionString: string, statements: string): Promise<void> {
  await withConnection(connectionString, (client) => client.query(statements));
}

/**
 * Makes a connection string lead to another database of the same server.
 *
 * @param connectionString - any connection string
 * @param database - name of the database
 */
export function inDatabase(connectionString: string, database: string): string {
  const url = new URL(connectionString);
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.href;
}

/**
 * Drops roles, except those that something still depends on, such as a copy of their database.
 *
 * @param client - connection of a superuser
 * @param roles - quoted names
 */
export async function dropRoles(client: Client, roles: readonly string[]): Promise<void> {
  const DEPENDENT_OBJECTS_STILL_EXIST = '2BP01';
  for (const role of roles) {
    await client.query(`DROP ROLE IF EXISTS ${role}`).catch((error: unknown) => {
      if ((error as { code?: string }).code !== DEPENDENT_OBJECTS_STILL_EXIST) throw error;
    });
  }
}
