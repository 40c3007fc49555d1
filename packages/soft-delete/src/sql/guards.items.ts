import { quoteIdentifier } from '@nestarc/postgres';
import { literal, objectName, stampOf } from './ddl';
import { ALL_DELETED_ROWS, DELETED_ROWS_SETTING } from './deleted-rows.setting';
import { type GuardedRelation, guardedRelations } from './guarded-relation';
import type { InstallItem, InstallProbe, InstallTarget } from './install-item';
import { distinctNames } from './object-names';
import { functionOf, triggerFunction } from './trigger-function';

type GuardedEvent = 'insert' | 'update' | 'restore';

/**
 * Gives the triggers that keep active rows from being put under deleted ones.
 *
 * @param target - what is installed
 */
export function guardItems({ schema, options }: InstallTarget): InstallItem[] {
  const relations = guardedRelations(schema, options.schema);
  const parents = new Map(relations.map((relation) => [relation.parentTable.sql, relation]));
  const nameOf = distinctNames(
    relations.flatMap((relation) => [functionParts(relation, false), functionParts(relation, true)]),
  );
  return [
    ...relations.flatMap((relation) => [
      guardItem(relation, 'insert', nameOf),
      guardItem(relation, 'update', nameOf),
      ...(relation.restoredAfter === undefined ? [] : [guardItem(relation, 'restore', nameOf)]),
    ]),
    ...[...parents.values()].map(waitItem),
  ];
}

/**
 * A guard comes after the check of the foreign key: triggers go by name, and `soft…` comes after `RI_…`. That check has locked
 * the parent by then, so a deletion that is under way is waited for, and one that comes later waits; the guard reads what came of it.
 */
function guardItem(
  relation: GuardedRelation,
  event: GuardedEvent,
  nameOf: (parts: readonly string[]) => string,
): InstallItem {
  const { table, name } = relation;
  const trigger = objectName('soft_delete_guard', name, event);
  const quoted = quoteIdentifier(trigger);
  const isDeferred = event === 'restore' && relation.restoredAfter === 'transaction';
  const called = nameOf(functionParts(relation, isDeferred));
  // Constraint triggers, which alone can be deferred, cannot be replaced; and a relation may cascade no longer.
  const restoring = quoteIdentifier(objectName('soft_delete_guard', name, 'restore'));
  const isUnneeded = event === 'update' && relation.restoredAfter === undefined;
  const drop = event === 'restore' || isUnneeded ? `DROP TRIGGER IF EXISTS ${restoring} ON ${table.sql};\n` : '';
  const definition = `${guardFunction(relation, called, isDeferred)}
${drop}CREATE ${isDeferred ? 'CONSTRAINT' : 'OR REPLACE'} TRIGGER ${quoted} AFTER ${event === 'insert' ? 'INSERT' : 'UPDATE'} ON ${table.sql}
  ${isDeferred ? 'DEFERRABLE INITIALLY DEFERRED ' : ''}FOR EACH ROW
  WHEN (${conditionOf(relation, event)})
  EXECUTE FUNCTION ${functionOf(table, called)}();`;
  return triggerItem(
    `guard of ${table.table} (${relation.columns.join(', ')}), ${event}`,
    table.sql,
    trigger,
    definition,
  );
}

const functionParts = ({ table, name }: GuardedRelation, isDeferred: boolean): readonly string[] => [
  'soft_delete_guard',
  table.table,
  name,
  ...(isDeferred ? ['restore'] : []),
];

/**
 * The usual case, an active parent, takes one look-up. Only where none is seen are deleted rows opened for a second one; a failure
 * has PostgreSQL put the setting back. (A SET clause of the function would be shorter, but only a superuser may name a setting
 * there that no extension knows.) A row that is not seen then either is another tenant's, about which nothing is said.
 */
function guardFunction(relation: GuardedRelation, called: string, isDeferred: boolean): string {
  const { table, columns, parentTable, parentColumns, parentDeletedAt } = relation;
  const matches = columns.map(
    (column, index) => `parent.${quoteIdentifier(parentColumns[index] ?? '')} = NEW.${quoteIdentifier(column)}`,
  );
  const exists = (state: string): string =>
    `EXISTS (SELECT FROM ${parentTable.sql} AS parent
            WHERE ${matches.join(' AND ')} AND parent.${quoteIdentifier(parentDeletedAt)} ${state})`;
  const setting = literal(DELETED_ROWS_SETTING);
  const message = `insert or update on table "${table.table}" refers to a deleted row of "${parentTable.table}" (${columns.join(', ')})`;
  return triggerFunction(
    table,
    called,
    `DECLARE
  is_refused boolean;
  opened text;
BEGIN
  IF ${exists('IS NULL')} THEN
    RETURN NULL;
  END IF;
  opened := COALESCE(current_setting(${setting}, true), '');
  PERFORM set_config(${setting}, ${literal(ALL_DELETED_ROWS)}, true);
  is_refused := ${exists('IS NOT NULL')}${isDeferred ? `\n    AND ${isStillThere(relation)}` : ''};
  PERFORM set_config(${setting}, opened, true);
  IF is_refused THEN
    RAISE EXCEPTION USING ERRCODE = '23503', MESSAGE = ${literal(message)},
      HINT = 'Restore that row first, or refer to another one.',
      SCHEMA = ${literal(table.schema)}, TABLE = ${literal(table.table)}, CONSTRAINT = ${literal(called)};
  END IF;
  RETURN NULL;
END`,
  );
}

/** By the end of a transaction the row may have been written again, and is checked for that, or deleted. */
function isStillThere({ table, key, columns, deletedAt }: GuardedRelation): string {
  const same = [...key, ...columns].map((name) => `this.${quoteIdentifier(name)} = NEW.${quoteIdentifier(name)}`);
  const conditions = deletedAt === undefined ? same : [...same, `this.${quoteIdentifier(deletedAt)} IS NULL`];
  return `EXISTS (SELECT FROM ${table.sql} AS this WHERE ${conditions.join(' AND ')})`;
}

/** Decided before the function is called: rows that are deleted themselves, and writes of other columns, cost next to nothing. */
function conditionOf({ columns, deletedAt }: GuardedRelation, event: GuardedEvent): string {
  const names = columns.map(quoteIdentifier);
  const mark = deletedAt === undefined ? undefined : quoteIdentifier(deletedAt);
  const conditions = names.map((name) => `NEW.${name} IS NOT NULL`);
  if (mark !== undefined) conditions.unshift(`NEW.${mark} IS NULL`);
  if (event === 'update') {
    conditions.push(`(${names.map((name) => `NEW.${name} IS DISTINCT FROM OLD.${name}`).join(' OR ')})`);
  }
  // What was not deleted along with a row may be restored without it.
  if (event === 'restore' && mark !== undefined) conditions.push(`OLD.${mark} IS NOT NULL`);
  return conditions.join(' AND ');
}

/**
 * An update locks its row too weakly to wait for a check of a foreign key, since it changes no key; a real DELETE would. So a
 * soft one takes the lock of a DELETE.
 */
function waitItem({ parentTable, parentDeletedAt, parentKey }: GuardedRelation): InstallItem {
  const trigger = 'soft_delete_wait';
  const called = objectName(trigger, parentTable.table);
  const mark = quoteIdentifier(parentDeletedAt);
  const matches = parentKey.map((column) => `this.${quoteIdentifier(column)} = OLD.${quoteIdentifier(column)}`);
  const locking = triggerFunction(
    parentTable,
    called,
    `BEGIN
  PERFORM FROM ${parentTable.sql} AS this WHERE ${matches.join(' AND ')} FOR UPDATE;
  RETURN NEW;
END`,
  );
  const definition = `${locking}
CREATE OR REPLACE TRIGGER ${quoteIdentifier(trigger)} BEFORE UPDATE ON ${parentTable.sql} FOR EACH ROW
  WHEN (OLD.${mark} IS NULL AND NEW.${mark} IS NOT NULL)
  EXECUTE FUNCTION ${functionOf(parentTable, called)}();`;
  return triggerItem(`lock of ${parentTable.table} while it is deleted`, parentTable.sql, trigger, definition);
}

function triggerItem(title: string, table: string, trigger: string, definition: string): InstallItem {
  const stamp = stampOf(definition);
  const probe: InstallProbe = { kind: 'trigger', table, name: trigger, stamp };
  const comment = `COMMENT ON TRIGGER ${quoteIdentifier(trigger)} ON ${table} IS ${literal(stamp)};`;
  return { title, sql: `${definition}\n${comment}`, probe };
}
