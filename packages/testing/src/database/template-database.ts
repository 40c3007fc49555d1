import { createHash, randomBytes } from 'node:crypto';
import { quoteIdentifier } from '@nestarc/postgres';
import { provisionDatabase } from '@nestarc/postgres/embedded';
import { escapeLiteral, type Client } from 'pg';
import { dropRoles, inDatabase, withConnection } from './database-admin';

/** How to connect to a database that a template is built in. */
export interface TemplateTarget {
  /** Connection string of the superuser. */
  readonly adminUrl: string;
  /** Connection string of the role that owns the database and its tables. */
  readonly ownerUrl: string;
  /** Connection string of the application's role. */
  readonly appUrl: string;
}

/** What a template is built from: SQL that the owner runs, or a function with a key that changes whenever its result does. */
export type DatabaseTemplate =
  | { readonly sql: string }
  | {
      /** Names the result, such as a hash of the migrations or the version of the schema. */
      readonly key: string;
      /**
       * Builds the schema, by migrating for instance; all its connections must be closed when it is done.
       *
       * @param target - the new, empty database
       */
      readonly build: (target: TemplateTarget) => Promise<void>;
    };

/** A template that is ready to be cloned. */
export interface ReadyTemplate {
  /** Name of the database. */
  readonly name: string;
  /** Name of its owner. */
  readonly owner: string;
  /** Name of the application's role. */
  readonly app: string;
}

/** Raised when templates are built in another way, so that those of an older version are not taken for new ones. */
const LAYOUT = 1;
const PREFIX = 'nestarc_template_';
/** One process builds at a time; the lock belongs to the administrator's database. */
const LOCK_KEY = 7_236_411_206;
/** A template that nobody has used for so long is dropped when the next one is built. */
const STALE_AFTER = '1 day';

const ready = new Map<string, Promise<ReadyTemplate>>();

/** Distinguishes this process where the roles' passwords cannot be known to another, see {@link nameOf}. */
const PROCESS = randomBytes(8).toString('hex');

/**
 * Finds the template on the server, or builds it. Safe to call from many processes at once: one builds, the others wait.
 *
 * @param adminUrl - connection string of a superuser
 * @param template - what it is built from
 */
export function ensureTemplate(adminUrl: string, template: DatabaseTemplate): Promise<ReadyTemplate> {
  const key = JSON.stringify([adminUrl, digestOf(template, '')]);
  const known = ready.get(key);
  if (known !== undefined) return known;
  const made = findOrBuild(adminUrl, template);
  ready.set(key, made);
  // The next caller may have more luck.
  made.catch(() => ready.delete(key));
  return made;
}

async function findOrBuild(adminUrl: string, template: DatabaseTemplate): Promise<ReadyTemplate> {
  return withConnection(adminUrl, async (client) => {
    const name = nameOf(client, template);
    const found = { name, owner: `${name}_owner`, app: `${name}_app` };
    // Ends with the connection at the latest.
    await client.query(`SELECT pg_advisory_lock(${LOCK_KEY})`);
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) {
      await dropStale(client);
      await build(client, adminUrl, template, found);
    }
    await noteUse(client, name);
    return found;
  });
}

/**
 * The passwords of roles are derived from the administrator's, so every process knows them. An administrator without a
 * password leaves nothing to derive from; each process then has templates of its own, lest one change the passwords that
 * another has handed out.
 */
function nameOf(client: Client, template: DatabaseTemplate): string {
  return PREFIX + digestOf(template, client.password ? '' : PROCESS);
}

function digestOf(template: DatabaseTemplate, salt: string): string {
  const source = 'sql' in template ? ['sql', template.sql] : ['key', template.key];
  return createHash('sha256')
    .update(JSON.stringify([LAYOUT, salt, ...source]))
    .digest('hex')
    .slice(0, 16);
}

/** Built under another name and renamed when it is done: a template that exists is complete, whoever was killed when. */
async function build(
  client: Client,
  adminUrl: string,
  template: DatabaseTemplate,
  { name, owner, app }: ReadyTemplate,
): Promise<void> {
  const unfinished = `${PREFIX}unfinished_${randomBytes(8).toString('hex')}`;
  try {
    const urls = await provisionDatabase({ adminUrl, database: unfinished, owner, app });
    await noteUse(client, unfinished);
    const target = { adminUrl: inDatabase(adminUrl, unfinished), ownerUrl: urls.migrationUrl, appUrl: urls.url };
    if ('sql' in template) await withConnection(target.ownerUrl, (connection) => connection.query(template.sql));
    else await template.build(target);
    // A connection would keep the database from being renamed, and later from being cloned.
    await client.query(`ALTER DATABASE ${unfinished} ALLOW_CONNECTIONS false`);
    await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [unfinished]);
    await renameWhenFree(client, unfinished, name);
  } catch (error) {
    await client.query(`DROP DATABASE IF EXISTS ${unfinished} WITH (FORCE)`);
    await dropRoles(client, [owner, app]);
    throw error;
  }
}

/** A connection that was just closed, or told to, takes a moment to go; RENAME does not wait for it. */
async function renameWhenFree(client: Client, from: string, to: string): Promise<void> {
  const OBJECT_IN_USE = '55006';
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query(`ALTER DATABASE ${from} RENAME TO ${to}`);
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== OBJECT_IN_USE || attempt === 100) throw error;
      await client.query('SELECT pg_sleep(0.05)');
    }
  }
}

async function noteUse(client: Client, name: string): Promise<void> {
  const { rows } = await client.query<{ now: string }>('SELECT now()::text AS now');
  await client.query(`COMMENT ON DATABASE ${quoteIdentifier(name)} IS ${escapeLiteral(rows[0]?.now ?? '')}`);
}

async function dropStale(client: Client): Promise<void> {
  const stale = await client.query<{ name: string }>(
    `SELECT datname AS name FROM pg_database
      WHERE starts_with(datname, '${PREFIX}')
        AND shobj_description(oid, 'pg_database')::timestamptz < now() - interval '${STALE_AFTER}'`,
  );
  for (const { name } of stale.rows) {
    await client.query(`DROP DATABASE IF EXISTS ${quoteIdentifier(name)} WITH (FORCE)`);
    await dropRoles(client, [quoteIdentifier(`${name}_owner`), quoteIdentifier(`${name}_app`)]);
  }
}
