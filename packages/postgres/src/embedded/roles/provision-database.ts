import { Client, escapeLiteral } from 'pg';
import { quoteIdentifier } from '../../sql/identifier';
import { rolePassword } from './role-password';

/** Which database and roles an application needs. */
export interface ProvisionOptions {
  /** Connection string of a superuser. */
  readonly adminUrl: string;
  /** Name of the database. */
  readonly database: string;
  /** Name of the role that owns the database and everything the migrations create. */
  readonly owner: string;
  /** Name of the role the application connects as; it owns nothing and row-level security applies to it. */
  readonly app: string;
}

/** How to connect to a provisioned database. */
export interface ProvisionedDatabase {
  /** Connection string of the application's role, for DATABASE_URL. */
  readonly url: string;
  /** Connection string of the owner, for DATABASE_MIGRATION_URL. */
  readonly migrationUrl: string;
}

interface Role {
  readonly name: string;
  readonly password: string;
}

/** Keeps concurrent calls apart: roles are shared by all databases, and PostgreSQL lets only one change them at a time. */
const LOCK_KEY = 7_236_411_205;

/**
 * Creates a database with an owner and an application role, or mends what is there; safe to call at every start.
 *
 * The application's role may read and write every table the owner creates, and no more: it owns nothing, creates
 * nothing in the schema, and is subject to row-level security.
 */
export async function provisionDatabase(options: ProvisionOptions): Promise<ProvisionedDatabase> {
  const { adminUrl, database } = options;
  const { owner, app } = await withClient(adminUrl, async (client) => {
    await client.query(`SELECT pg_advisory_lock(${LOCK_KEY})`);
    const system = await client.query<{ id: string }>('SELECT system_identifier::text AS id FROM pg_control_system()');
    const [ownerRole, appRole] = [options.owner, options.app].map((name) => ({
      name,
      password: rolePassword(client.password ?? undefined, system.rows[0]?.id ?? '', name),
    })) as [Role, Role];
    await ensureRole(client, ownerRole);
    await ensureRole(client, appRole);
    await ensureDatabase(client, database, ownerRole, appRole);
    // Held until the schema is done, too: the connection, and with it the lock, ends after this.
    await withClient(withDatabase(adminUrl, database), (inside) => prepareSchema(inside, ownerRole, appRole));
    return { owner: ownerRole, app: appRole };
  });
  return { url: withRole(adminUrl, database, app), migrationUrl: withRole(adminUrl, database, owner) };
}

async function ensureRole(client: Client, { name, password }: Role): Promise<void> {
  const role = quoteIdentifier(name);
  const found = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [name]);
  if (found.rowCount === 0) await client.query(`CREATE ROLE ${role}`);
  await client.query(
    `ALTER ROLE ${role} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD ${escapeLiteral(password)}`,
  );
}

async function ensureDatabase(client: Client, name: string, owner: Role, app: Role): Promise<void> {
  const [database, ownerName, appName] = [name, owner.name, app.name].map(quoteIdentifier);
  const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
  // template0 is never in use, whereas a session on template1 would make the creation fail.
  if (found.rowCount === 0) await client.query(`CREATE DATABASE ${database} OWNER ${ownerName} TEMPLATE template0`);
  await client.query(`ALTER DATABASE ${database} OWNER TO ${ownerName}`);
  await client.query(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`);
  await client.query(`GRANT CONNECT, TEMPORARY ON DATABASE ${database} TO ${appName}`);
  await client.query(`REVOKE ${ownerName} FROM ${appName}`);
}

async function prepareSchema(client: Client, ownerRole: Role, appRole: Role): Promise<void> {
  const [owner, app] = [ownerRole.name, appRole.name].map(quoteIdentifier);
  await client.query(`
    ALTER SCHEMA public OWNER TO ${owner};
    REVOKE ALL ON SCHEMA public FROM PUBLIC;
    GRANT USAGE ON SCHEMA public TO ${app};
    ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} IN SCHEMA public
      GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${app};
    ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} IN SCHEMA public
      GRANT USAGE, SELECT ON SEQUENCES TO ${app};
  `);
}

async function withClient<T>(connectionString: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString });
  // A notice such as "role is not a member" is expected; a lost connection rejects the running query.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function withDatabase(connectionString: string, database: string): string {
  const url = new URL(connectionString);
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.href;
}

function withRole(connectionString: string, database: string, role: Role): string {
  const url = new URL(withDatabase(connectionString, database));
  url.username = encodeURIComponent(role.name);
  url.password = encodeURIComponent(role.password);
  return url.href;
}
