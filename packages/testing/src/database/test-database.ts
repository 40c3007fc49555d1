import { randomBytes } from 'node:crypto';
import { quoteIdentifier } from '@nestarc/postgres';
import { provisionDatabase } from '@nestarc/postgres/embedded';
import { dropRoles, execute, inDatabase, withConnection } from './database-admin';
import { ensureTemplate, type DatabaseTemplate, type TemplateTarget } from './template-database';

/** How a test database is made. */
export interface TestDatabaseOptions {
  /** Connection string of a superuser. @defaultValue the environment variable NESTARC_TEST_ADMIN_URL */
  readonly adminUrl?: string | undefined;
  /** SQL the owner runs in the new database. @defaultValue none */
  readonly sql?: string | undefined;
  /**
   * What the new database is a copy of: a {@link DatabaseTemplate}, which is built once for the server and cloned from
   * then on, or a test database nobody is connected to. Copies share the roles of their template. @defaultValue none
   */
  readonly template?: DatabaseTemplate | TestDatabase | undefined;
}

/** A database of its own for one test file. */
export interface TestDatabase extends TemplateTarget, AsyncDisposable {
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
 * Creates a database with a unique name, an owner and an application role, empty or as a copy of a template, and lets the
 * owner run the given SQL.
 *
 * @param options - see {@link TestDatabaseOptions}
 * @throws Error when no server is given
 */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const server = options.adminUrl ?? process.env['NESTARC_TEST_ADMIN_URL'];
  if (!server) throw new Error('createTestDatabase needs adminUrl or the environment variable NESTARC_TEST_ADMIN_URL');
  const name = `test_${randomBytes(8).toString('hex')}`;
  const { template } = options;
  const roles = template === undefined ? [`${name}_app`, `${name}_owner`] : [];
  const urls = await create(server, name, template);
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

function create(adminUrl: string, name: string, template: TestDatabaseOptions['template']): Promise<RoleUrls> {
  if (template === undefined) return provision(adminUrl, name, { owner: `${name}_owner`, app: `${name}_app` });
  return 'ownerUrl' in template ? copy(adminUrl, name, template) : clone(adminUrl, name, template);
}

async function provision(adminUrl: string, name: string, roles: { owner: string; app: string }): Promise<RoleUrls> {
  const { url, migrationUrl } = await provisionDatabase({ adminUrl, database: name, ...roles });
  return { ownerUrl: migrationUrl, appUrl: url };
}

async function copy(adminUrl: string, name: string, template: TestDatabase): Promise<RoleUrls> {
  await createFrom(adminUrl, name, template.name, decodeURIComponent(new URL(template.ownerUrl).username));
  return { ownerUrl: inDatabase(template.ownerUrl, name), appUrl: inDatabase(template.appUrl, name) };
}

/** Connection strings of the roles, by template; asking for them takes longer than cloning. */
const known = new Map<string, RoleUrls>();

async function clone(adminUrl: string, name: string, template: DatabaseTemplate): Promise<RoleUrls> {
  const { name: source, owner, app } = await ensureTemplate(adminUrl, template);
  await createFrom(adminUrl, name, source, owner);
  const key = JSON.stringify([adminUrl, source]);
  const urls = known.get(key) ?? (await provision(adminUrl, name, { owner, app }));
  known.set(key, urls);
  return { ownerUrl: inDatabase(urls.ownerUrl, name), appUrl: inDatabase(urls.appUrl, name) };
}

async function createFrom(adminUrl: string, name: string, template: string, owner: string): Promise<void> {
  const statement = `CREATE DATABASE ${name} OWNER ${quoteIdentifier(owner)} TEMPLATE ${quoteIdentifier(template)}`;
  await execute(adminUrl, statement);
}

async function drop(adminUrl: string, name: string, roles: readonly string[]): Promise<void> {
  await withConnection(adminUrl, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    // A role stays while a copy of this database does.
    await dropRoles(client, roles);
  });
}
