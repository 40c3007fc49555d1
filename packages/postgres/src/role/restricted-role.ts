import { createContext, NestarcError, runWithContext } from '@nestarc/core';
import type { ContextPool } from '../pool/context-pool';
import { quoteIdentifier } from '../sql/identifier';

interface RoleFacts {
  readonly name: string;
  readonly superuser: boolean;
  readonly bypassRls: boolean;
  readonly ownedTable: string | null;
}

/** Ownership counts through membership too: a member of the owner may switch row-level security off. */
const ROLE_FACTS = `
  SELECT r.rolname AS name, r.rolsuper AS superuser, r.rolbypassrls AS "bypassRls",
         (SELECT c.oid::regclass::text FROM pg_catalog.pg_class c
           WHERE c.relrowsecurity AND pg_catalog.pg_has_role(r.oid, c.relowner, 'USAGE')
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
 * @param pool - the pool the application serves from
 * @throws {@link PrivilegedRoleError} naming the reason and the SQL that mends it
 */
export async function assertRestrictedRole(pool: ContextPool): Promise<void> {
  const { rows } = await runWithContext(createContext({ mode: 'bypass' }), () => pool.query<RoleFacts>(ROLE_FACTS));
  const role = rows[0];
  if (role === undefined) return;
  if (role.superuser) throw new PrivilegedRoleError(role.name, 'is a superuser');
  if (role.bypassRls) throw new PrivilegedRoleError(role.name, 'has BYPASSRLS');
  if (role.ownedTable !== null) throw new PrivilegedRoleError(role.name, `owns the table ${role.ownedTable}`);
}
