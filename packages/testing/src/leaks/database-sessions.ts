import { withConnection } from '../database/database-admin';
import type { Leak } from './leak';

/** A database whose connections are looked at. */
export interface ObservedDatabase {
  /** Its name. */
  readonly name: string;
  /** Connection string of a superuser. */
  readonly adminUrl: string;
}

/** A connection of a client. */
export interface Session {
  readonly pid: number;
  readonly role: string;
  readonly application: string;
  readonly state: string;
  readonly query: string;
  /** When it began: pids are given away again. */
  readonly since: string;
}

const SESSIONS = `
  SELECT pid, usename::text AS role, application_name AS application, coalesce(state, '') AS state,
         left(query, 120) AS query, backend_start::text AS since
    FROM pg_stat_activity
   WHERE datname = $1 AND backend_type = 'client backend' AND pid <> pg_backend_pid()`;

/**
 * Lists the connections of a database.
 *
 * @param database - the database
 */
export async function sessionsOf({ name, adminUrl }: ObservedDatabase): Promise<readonly Session[]> {
  return withConnection(adminUrl, async (client) => (await client.query<Session>(SESSIONS, [name])).rows);
}

/**
 * Tells which connections and transactions are new.
 *
 * @param before - the connections of before
 * @param after - the connections of now
 * @param expected - processes of the server whose connections may stay
 */
export function newSessions(
  before: readonly Session[],
  after: readonly Session[],
  expected: ReadonlySet<number>,
): readonly Leak[] {
  return after.flatMap((session): Leak[] => {
    const earlier = before.find(({ pid, since }) => pid === session.pid && since === session.since);
    const { pid, role, application, state, query } = session;
    const who = `${role}${application === '' ? '' : ` (${application})`}, process ${pid}, ${state}, last: ${query}`;
    const inTransaction = state.startsWith('idle in transaction');
    if (inTransaction && earlier?.state !== state) return [{ kind: 'transaction', message: who }];
    if (earlier !== undefined || expected.has(pid)) return [];
    return [{ kind: 'connection', message: who }];
  });
}
