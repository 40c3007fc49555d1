import { randomBytes } from 'node:crypto';
import { quoteIdentifier } from '@nestarc/postgres';
import { provisionDatabase } from '@nestarc/postgres/embedded';
import { Client } from 'pg';

/** How a test database is made. */
export interface TestDatabaseOptions {
  /** Connection string of a superuser. @defaultValue the environment variable NESTARC_TEST_ADMIN_URL */
  readonly adminUrl?: string | undefined;
  /** SQL the owner runs in the new database. @defaultValue none */
  readonly sql?: string | undefined;
  /** A test database nobody is connected to; the new one is a copy of it and shares its roles. @defaultValue none */
  readonly template?: TestDatabase | undefined;
}

/** A database of its own for one test file. */
export interface TestDatabase extends AsyncDisposable {
  /** Its unique name. */
  readonly name: string;
  /** Connection string of the superuser for this database. */
  readonly adminUrl: string;
  /** Connection string of the role that owns the database and its tables. */
  readonly ownerUrl: string;
  /** Connection string of the role that may read and write every table the owner makes, and owns nothing. */
  readonly appUrl: string;
  /** Ends all connections to the database and drops it with its roles; safe to call twice. */
  drop(): Promise<void>;
}

/**
 * Creates an empty database with a unique name, an owner and an application role, and lets the owner run the given SQL.
 *
 * @throws Error when no server is given
 */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const server = options.adminUrl ?? process.env['NESTARC_TEST_ADMIN_URL'];
  if (!server) throw new Error('createTestDatabase needs adminUrl or the environment variable NESTARC_TEST_ADMIN_URL');
  const name = `test_${randomBytes(8).toString('hex')}`;
  const roles = options.template ? [] : [`${name}_app`, `${name}_owner`];
  const urls = options.template ? await copy(server, name, options.template) : await provision(server, name);
  const database: TestDatabase = {
    name,
    adminUrl: inDatabase(server, name),
    ...urls,
    drop: () => drop(server, name, roles),
    [Symbol.asyncDispose]: () => database.drop(),
  };
  if (options.sql) await execute(database.ownerUrl, options.sql);
  return database;
}

type RoleUrls = Pick<TestDatabase, 'ownerUrl' | 'appUrl'>;

async function provision(adminUrl: string, name: string): Promise<RoleUrls> {
  const { url, migrationUrl } = await provisionDatabase({
    adminUrl,
    database: name,
    owner: `${name}_owner`,
    app: `${name}_app`,
  });
  return { ownerUrl: migrationUrl, appUrl: url };
}

async function copy(adminUrl: string, name: string, template: TestDatabase): Promise<RoleUrls> {
  const owner = quoteIdentifier(decodeURIComponent(new URL(template.ownerUrl).username));
  await execute(adminUrl, `CREATE DATABASE ${name} OWNER ${owner} TEMPLATE ${quoteIdentifier(template.name)}`);
  return { ownerUrl: inDatabase(template.ownerUrl, name), appUrl: inDatabase(template.appUrl, name) };
}

async function drop(adminUrl: string, name: string, roles: readonly string[]): Promise<void> {
  await execute(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  // A role stays while a copy of this database does.
  for (const role of roles) await execute(adminUrl, `DROP ROLE IF EXISTS ${role}`).catch(ignoreDependents);
}

function ignoreDependents(error: unknown): void {
  const DEPENDENT_OBJECTS_STILL_EXIST = '2BP01';
  if ((error as { code?: string }).code !== DEPENDENT_OBJECTS_STILL_EXIST) throw error;
}

async function execute(connectionString: string, statements: string): Promise<void> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    await client.query(statements);
  } finally {
    await client.end();
  }
}

function inDatabase(connectionString: string, database: string): string {
  const url = new URL(connectionString);
  url.pathname = `/${database}`;
  return url.href;
}
