/**
 * The environment PostgreSQL and its tools run with: nothing of the caller's locale, `PG*` variables or secrets, so that
 * the server behaves the same on every machine and its messages can be recognised.
 */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const systemFolders = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  const path = [process.env['PATH'], ...systemFolders].filter(Boolean).join(':');
  return { PATH: path, LC_ALL: 'C' };
}
