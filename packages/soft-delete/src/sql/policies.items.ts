import { quoteIdentifier } from '@nestarc/postgres';
import { columnsOf } from '@nestarc/prisma';
import type { SoftModel } from '../model/soft-model';
import { doBlock, literal, stampOf } from './ddl';
import { ALL_DELETED_ROWS, DELETED_ROWS_SETTING, deletedRowsKey } from './deleted-rows.setting';
import type { InstallItem, InstallTarget } from './install-item';
import { tableOf } from './table-name';

/** The restrictive policy that hides deleted rows. */
export const HIDING_POLICY = 'soft_delete_visibility';

/** The permissive policy of tables that nothing else keeps apart. */
export const STANDALONE_POLICY = 'soft_delete_standalone';

/**
 * Gives the policies that hide deleted rows from statements that did not open their table.
 *
 * @param target - what is installed
 */
export function policyItems({ schema, options }: InstallTarget): InstallItem[] {
  return schema.models.map((model) => policyItem(model, options.schema, options.standalone));
}

/**
 * One policy for all commands: what a statement did not open it neither reads nor changes, nor deletes, nor makes. So a deletion
 * has to open its table, since the row it leaves is a deleted one. The list is looked at once per statement, and only when a
 * deleted row comes along.
 */
function policyItem(model: SoftModel, defaultSchema: string, standalone: boolean): InstallItem {
  const table = tableOf(model.info, defaultSchema);
  const [mark = ''] = columnsOf(model.info, [model.deletedAt]);
  const setting = `pg_catalog.current_setting(${literal(DELETED_ROWS_SETTING)}, true)`;
  const isOpen = `${setting} = ${literal(ALL_DELETED_ROWS)} OR pg_catalog.strpos(${setting}, ${literal(`,${deletedRowsKey(model.info)},`)}) > 0`;
  const policy = `CREATE POLICY ${HIDING_POLICY} ON ${table.sql} AS RESTRICTIVE FOR ALL TO PUBLIC
    USING (${quoteIdentifier(mark)} IS NULL OR (SELECT ${isOpen}));`;
  const stamp = stampOf(policy);
  return {
    title: `policy that hides deleted rows of ${table.table}`,
    sql: doBlock(`BEGIN
  DROP POLICY IF EXISTS ${HIDING_POLICY} ON ${table.sql};
  DROP POLICY IF EXISTS ${STANDALONE_POLICY} ON ${table.sql};
${standalone ? standing(table.sql) : joining(table.sql)}
  ${policy}
  COMMENT ON POLICY ${HIDING_POLICY} ON ${table.sql} IS ${literal(stamp)};
  ALTER TABLE ${table.sql} ENABLE ROW LEVEL SECURITY;
  ALTER TABLE ${table.sql} FORCE ROW LEVEL SECURITY;
END`),
    probe: { kind: 'policy', table: table.sql, name: HIDING_POLICY, stamp },
  };
}

const permissive = (table: string): string =>
  `EXISTS (SELECT FROM pg_catalog.pg_policy WHERE polrelid = ${literal(table)}::pg_catalog.regclass AND polpermissive)`;

/** A restrictive policy takes away and gives nothing: alone it would leave the table without a row. */
function joining(table: string): string {
  return `  IF NOT ${permissive(table)} THEN
    RAISE EXCEPTION 'No policy gives anybody rows of %', ${literal(table)}
      USING HINT = 'Make the policies that keep tenants apart first; where there are none, pass standalone: true to softDeleteSql.';
  END IF;`;
}

/** Permissive policies are joined by OR: one that gives all rows would undo those that keep tenants apart. */
function standing(table: string): string {
  return `  IF ${permissive(table)} THEN
    RAISE EXCEPTION 'Other policies keep rows of % apart', ${literal(table)}
      USING HINT = 'Leave standalone out of the options of softDeleteSql.';
  END IF;
  CREATE POLICY ${STANDALONE_POLICY} ON ${table} AS PERMISSIVE FOR ALL TO PUBLIC USING (true);`;
}
