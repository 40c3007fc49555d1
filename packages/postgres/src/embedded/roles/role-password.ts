import { createHmac, randomBytes } from 'node:crypto';

/**
 * Makes the password of a role: the same at every start, different for every server and role, and impossible to guess
 * without the administrator's password.
 *
 * Without an administrator's password there is no secret to derive it from, and a new random one is made each time.
 *
 * @param adminPassword - password of the connection that creates the role
 * @param systemIdentifier - the number PostgreSQL gave the cluster when it was made
 * @param role - name of the role
 */
export function rolePassword(adminPassword: string | undefined, systemIdentifier: string, role: string): string {
  if (!adminPassword) return randomBytes(24).toString('base64url');
  return createHmac('sha256', adminPassword).update(`nestarc-role:${systemIdentifier}:${role}`).digest('base64url');
}
