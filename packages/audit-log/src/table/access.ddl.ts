import { block, ddl, derivedName, join, lines, literal, name, NOTHING, type Ddl } from '../sql/ddl';
import type { AuditTable } from './audit-table';

/** Who may do what with the audit table. */
export interface AccessOptions {
  /** Setting that holds the tenant. */
  readonly tenantSetting: string;
  /** Roles that read their tenant's entries. */
  readonly readerRoles: readonly string[];
  /** Roles that read all entries. */
  readonly auditorRoles: readonly string[];
  /** Roles that remove old entries. */
  readonly prunerRoles: readonly string[];
}

/**
 * Lets tenants read their own entries, auditors all, and nobody write: entries are written by functions that run with the rights
 * of the owner. Roles that default privileges gave more keep the right to read.
 *
 * @param audit - the audit table
 * @param options - see {@link AccessOptions}
 */
export function accessDdl(audit: AuditTable, options: AccessOptions): Ddl {
  const { readerRoles, auditorRoles, prunerRoles } = options;
  return lines([
    ddl`ALTER TABLE ${audit.quoted} ENABLE ROW LEVEL SECURITY;`,
    ddl`ALTER TABLE ${audit.quoted} FORCE ROW LEVEL SECURITY;`,
    ...policies(audit, options),
    ...[...readerRoles, ...auditorRoles].map((role) => ddl`GRANT SELECT ON ${audit.quoted} TO ${name(role)};`),
    privileges(audit),
    ...prunerRoles.flatMap((role) => pruningGrants(audit, role)),
  ]);
}

function policies(audit: AuditTable, { tenantSetting, auditorRoles }: AccessOptions): Ddl[] {
  const policy = (purpose: string): Ddl => name(derivedName(audit.table, `_${purpose}`));
  const drop = (purpose: string): Ddl => ddl`DROP POLICY IF EXISTS ${policy(purpose)} ON ${audit.quoted};`;
  const tenant = ddl`NULLIF(pg_catalog.current_setting(${literal(tenantSetting)}, true), '')`;
  return [
    drop('tenant'),
    ddl`CREATE POLICY ${policy('tenant')} ON ${audit.quoted} FOR SELECT USING (tenant_id = ${tenant});`,
    drop('auditors'),
    auditorRoles.length === 0
      ? NOTHING
      : ddl`CREATE POLICY ${policy('auditors')} ON ${audit.quoted} FOR SELECT TO ${join(auditorRoles.map((role) => name(role)))} USING (true);`,
    drop('owner'),
    block(ddl`
BEGIN
  EXECUTE (SELECT pg_catalog.format('CREATE POLICY %I ON %s TO %I USING (true) WITH CHECK (true)',
    ${literal(derivedName(audit.table, '_owner'))}, ${literal(audit.quoted.text)}, pg_catalog.pg_get_userbyid(relowner))
    FROM pg_catalog.pg_class WHERE oid = ${literal(audit.quoted.text)}::pg_catalog.regclass);
END
`),
  ];
}

/** What is removed is decided in the functions: a pruner reads nothing, and deletes nothing by itself. */
function pruningGrants(audit: AuditTable, role: string): Ddl[] {
  return [
    ddl`GRANT EXECUTE ON FUNCTION ${audit.in(audit.prunableFunction)}(timestamptz) TO ${name(role)};`,
    ddl`GRANT EXECUTE ON FUNCTION ${audit.in(audit.pruneFunction)}(text, timestamptz, boolean, integer, jsonb) TO ${name(role)};`,
  ];
}

/** Functions are found by the comment that this package puts on them. */
function privileges(audit: AuditTable): Ddl {
  const table = literal(audit.quoted.text);
  const callable = join(
    [audit.logFunction, audit.partitionsFunction, audit.stateFunction, audit.truncationsFunction].map(literal),
  );
  return block(ddl`
DECLARE
  v_owner oid := (SELECT relowner FROM pg_catalog.pg_class WHERE oid = ${table}::pg_catalog.regclass);
  v_function record;
  v_grant record;
BEGIN
  FOR v_grant IN
    SELECT DISTINCT c.oid::pg_catalog.regclass AS object, c.relkind,
           CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END AS grantee,
           pg_catalog.bool_or(a.privilege_type = 'SELECT') OVER (PARTITION BY c.oid, a.grantee) AND c.relkind <> 'S' AS reads
      FROM pg_catalog.pg_class c CROSS JOIN pg_catalog.aclexplode(c.relacl) a
     WHERE c.oid IN (${table}::pg_catalog.regclass, ${literal(audit.in(audit.sequence).text)}::pg_catalog.regclass) AND a.grantee <> v_owner
  LOOP
    EXECUTE pg_catalog.format('REVOKE ALL ON %s %s FROM %s', CASE v_grant.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, v_grant.object, v_grant.grantee);
    IF v_grant.reads THEN EXECUTE pg_catalog.format('GRANT SELECT ON TABLE %s TO %s', v_grant.object, v_grant.grantee); END IF;
  END LOOP;
  FOR v_function IN
    SELECT p.oid::pg_catalog.regprocedure AS signature, p.proname, p.proowner, p.proacl FROM pg_catalog.pg_proc p
     WHERE pg_catalog.obj_description(p.oid, 'pg_proc') IN (${literal(audit.functionComment)}, ${literal(audit.captureComment)})
  LOOP
    IF v_function.proowner <> v_owner THEN
      EXECUTE pg_catalog.format('ALTER FUNCTION %s OWNER TO %I', v_function.signature, pg_catalog.pg_get_userbyid(v_owner));
    END IF;
    EXECUTE pg_catalog.format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', v_function.signature);
    FOR v_grant IN
      SELECT DISTINCT pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) AS grantee
        FROM pg_catalog.aclexplode(v_function.proacl) a WHERE a.grantee NOT IN (0, v_owner)
    LOOP
      EXECUTE pg_catalog.format('REVOKE ALL ON FUNCTION %s FROM %s', v_function.signature, v_grant.grantee);
    END LOOP;
    IF v_function.proname IN (${callable}) THEN
      FOR v_grant IN
        SELECT DISTINCT pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) AS grantee
          FROM pg_catalog.pg_class c CROSS JOIN pg_catalog.aclexplode(c.relacl) a
         WHERE c.oid = ${table}::pg_catalog.regclass AND a.privilege_type = 'SELECT' AND a.grantee NOT IN (0, v_owner)
      LOOP
        EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO %s', v_function.signature, v_grant.grantee);
      END LOOP;
    END IF;
  END LOOP;
END
`);
}
