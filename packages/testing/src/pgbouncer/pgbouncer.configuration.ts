/** A login of a client, and of PgBouncer at the server. */
export interface PgBouncerUser {
  /** Name of the role. */
  readonly name: string;
  /** Its password in plain text, from which PgBouncer answers SCRAM on both sides. */
  readonly password: string;
}

/** What the configuration file says. */
export interface PgBouncerConfiguration {
  /** Host of the PostgreSQL server. */
  readonly host: string;
  /** Port of the PostgreSQL server. */
  readonly port: string;
  /** Settings of the section `[pgbouncer]` by name. */
  readonly settings: Readonly<Record<string, string | number>>;
}

/**
 * Writes `pgbouncer.ini`; every database of the server is reached under its own name.
 *
 * @param configuration - see {@link PgBouncerConfiguration}
 */
export function pgBouncerIni({ host, port, settings }: PgBouncerConfiguration): string {
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  return ['[databases]', `* = host=${host} port=${port}`, '[pgbouncer]', ...lines, ''].join('\n');
}

/**
 * Writes the file of logins.
 *
 * @param users - the logins
 */
export function pgBouncerUserList(users: readonly PgBouncerUser[]): string {
  const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  return users.map(({ name, password }) => `${quote(name)} ${quote(password)}\n`).join('');
}

/**
 * Reads the login out of a connection string.
 *
 * @param url - connection string
 */
export function userOf(url: string): PgBouncerUser {
  const { username, password } = new URL(url);
  return { name: decodeURIComponent(username), password: decodeURIComponent(password) };
}
