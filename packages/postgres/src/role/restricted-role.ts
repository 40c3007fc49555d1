import { createContext, NestarcError, runWithContext } from '@nestarc/core';
import { quoteIdentifier } from '../sql/identifier';

/** What runs the check: a context-carrying pool, or a client of one. */
export interface RoleCheckTarget {
  /**
   * Runs a statement.
   *
   * @param text - SQL without parameters
   */
  query(text: string): Promise<{ readonly rows: readonly unknown[] }>;
}

interface RoleFacts {
  readonly name: string;
  readonly superuser: boolean;
  readonly bypassRls: boolean;
  readonly ownedTable: string | null;
}

/** As text, because Prisma 6 cannot read the type `name`. Membership counts too: a member of a role can SET ROLE to it, and the owner may switch row-level security off. */
const ROLE_FACTS = `
  SELECT r.rolname::text AS name,
         EXISTS (SELECT FROM pg_catalog.pg_roles s WHERE s.rolsuper AND pg_catalog.pg_has_role(r.oid, s.oid, 'MEMBER')) AS superuser,
         EXISTS (SELECT FROM pg_catalog.pg_roles s WHERE s.rolbypassrls AND pg_catalog.pg_has_role(r.oid, s.oid, 'MEMBER')) AS "bypassRls",
         (SELECT c.oid::regclass::text FROM pg_catalog.pg_class c
           WHERE c.relrowsecurity AND pg_catalog.pg_has_role(r.oid, c.relowner, 'MEMBER')
           ORDER BY c.oid LIMIT 1) AS "ownedTable"
    FROM pg_catalog.pg_roles r WHERE r.rolname = current_user`;

/** Thrown at boot when the application's database role stands above row-level security; the message has the mending SQL. */
export class PrivilegedRoleError extends NestarcError {
  constructor(role: string, reason: string) {
    const name = quoteIdentifier(role);
    super(
      `The database role ${name} ${reason}, so row-level security does not hold for it. Connect as a role of its own:\n\n` +
        "  CREATE ROLE app_user LOGIN PASSWORD '…' NOSUPERUSER NOBYPASSRLS;\n" +
        '  GRANT USAGE ON SCHEMA public TO app_user;\n' +
        '  GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO app_user;\n' +
        '  GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO app_user;\n',
      { code: 'DATABASE_ROLE_PRIVILEGED' },
    );
  }
}

/**
 * Refuses a pool whose role stands above row-level security: a superuser, a role with BYPASSRLS, or one that owns (or
 * belongs to the owner of) a table under row-level security. Costs one round trip.
 *
 * @param target - the pool the application serves from, or a client of it
 * @throws {@link PrivilegedRoleError} naming the reason and the SQL that mends it
 */
export async function assertRestrictedRole(target: RoleCheckTarget): Promise<void> {
  const { rows } = await runWithContext(createContext({ mode: 'bypass' }), () => target.query(ROLE_FACTS));
  const role = rows[0] as RoleFacts | undefined;
  if (role === undefined) return;
  if (role.superuser) throw new PrivilegedRoleError(role.name, 'is a superuser, or a member of one');
  if (role.bypassRls) throw new PrivilegedRoleError(role.name, 'has BYPASSRLS, or is a member of a role that has');
  if (role.ownedTable !== null) {
    throw new PrivilegedRoleError(role.name, `owns the table ${role.ownedTable}, or is a member of its owner`);
  }
}
