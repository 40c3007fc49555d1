import { createContext, runWithContext } from '@nestarc/core';
import type { RoleCheckTarget } from '@nestarc/postgres';
import { SoftDeleteNotInstalledError } from '../errors/soft-delete-not-installed.error';
import type { SoftDeleteSchema } from '../model/soft-delete-schema';
import { literal } from './ddl';
import { installItems, scriptOf } from './install-items';
import { STANDALONE_POLICY } from './policies.items';
import type { ResolvedSoftDeleteSqlOptions } from './soft-delete-sql.options';

/** What the database has to have. */
export interface InstalledExpectation {
  /** The models and the relations that cascade. */
  readonly schema: SoftDeleteSchema;
  /** The parts; indexes and unique keys are not looked for, since rows are right without them. */
  readonly options: ResolvedSoftDeleteSqlOptions;
}

/**
 * Refuses a database that lacks what soft deletes rely on: columns, guards, policies, as far as they are asked for, and in the
 * version of this package. Costs one round trip.
 *
 * @param target - runs the statement
 * @param expectation - what has to be there
 * @throws SoftDeleteNotInstalledError naming what is missing, with the SQL that makes it
 */
export async function assertSoftDeleteInstalled(
  target: RoleCheckTarget,
  expectation: InstalledExpectation,
): Promise<void> {
  const items = installItems(expectation).filter(({ probe }) => probe !== undefined);
  if (items.length === 0) return;
  const text = missingOf(JSON.stringify(items.map(({ probe }, index) => ({ ...probe, index }))));
  const { rows } = await runWithContext(createContext({ mode: 'bypass' }), () => target.query(text));
  const missing = (rows as readonly { readonly index: number }[]).flatMap(({ index }) => items[index] ?? []);
  if (missing.length > 0) {
    throw new SoftDeleteNotInstalledError(
      missing.map(({ title }) => title),
      scriptOf(missing),
    );
  }
}

/**
 * A policy counts only where row-level security is on, also for the owner; where some policy gives rows at all; and where the one
 * that gives all rows stands alone, since beside others it would undo them.
 */
const missingOf = (probes: string): string => `
  SELECT (p ->> 'index')::int AS index
    FROM pg_catalog.json_array_elements(${literal(probes)}::json) AS p,
         LATERAL (SELECT pg_catalog.to_regclass(p ->> 'table') AS id) AS t
   WHERE NOT CASE p ->> 'kind'
     WHEN 'column' THEN EXISTS (
       SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.id AND a.attname = p ->> 'name' AND NOT a.attisdropped)
     WHEN 'trigger' THEN EXISTS (
       SELECT FROM pg_catalog.pg_trigger g
        WHERE g.tgrelid = t.id AND g.tgname = p ->> 'name' AND g.tgenabled IN ('O', 'A')
          AND pg_catalog.obj_description(g.oid, 'pg_trigger') = p ->> 'stamp')
     ELSE EXISTS (
       SELECT FROM pg_catalog.pg_policy y JOIN pg_catalog.pg_class c ON c.oid = y.polrelid
        WHERE y.polrelid = t.id AND y.polname = p ->> 'name' AND NOT y.polpermissive
          AND c.relrowsecurity AND c.relforcerowsecurity
          AND pg_catalog.obj_description(y.oid, 'pg_policy') = p ->> 'stamp')
      AND (SELECT pg_catalog.count(*) = 1 OR (pg_catalog.count(*) > 1 AND NOT pg_catalog.bool_or(o.polname = '${STANDALONE_POLICY}'))
             FROM pg_catalog.pg_policy o WHERE o.polrelid = t.id AND o.polpermissive)
   END
   ORDER BY 1`;
