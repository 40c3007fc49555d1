import { block, ddl, derivedName, join, lines, literal, name, NOTHING, type Ddl } from '../sql/ddl';
import type { AuditTable } from '../table/audit-table';
import type { TrackedTable } from './tracked-table';

/** A trigger on a tracked table. */
export interface CaptureTrigger {
  readonly name: string;
  /** When it fires, as SQL says it. */
  readonly when: 'BEFORE' | 'AFTER';
  readonly events: readonly TriggerEvent[];
  /** Name of its transition table of old rows. */
  readonly old: string | undefined;
  /** Name of its transition table of new rows. */
  readonly new: string | undefined;
  /** Name of its function, which is in the schema of the audit table. */
  readonly function: string;
}

/** What a trigger fires for. */
export type TriggerEvent = 'INSERT' | 'UPDATE' | 'DELETE' | 'TRUNCATE';

/**
 * The triggers of a tracked table. PostgreSQL fires triggers of one kind in the order of their names: the exclamation mark comes
 * before everything that others are likely to begin theirs with.
 *
 * @param table - the table
 * @param audit - the audit table
 */
export function captureTriggers(table: TrackedTable, audit: AuditTable): readonly CaptureTrigger[] {
  const capture = audit.captureFunction(table.schema, table.table);
  const trigger = (event: TriggerEvent, rows: { readonly old?: string; readonly new?: string }): CaptureTrigger => ({
    name: triggerName(audit, event.toLowerCase()),
    when: 'AFTER',
    events: [event],
    old: rows.old,
    new: rows.new,
    function: capture,
  });
  return [
    {
      ...trigger('INSERT', {}),
      name: triggerName(audit, 'order'),
      when: 'BEFORE',
      events: ['INSERT', 'UPDATE', 'DELETE'],
      function: audit.orderFunction,
    },
    trigger('INSERT', { new: 'new_rows' }),
    trigger('UPDATE', { old: 'old_rows', new: 'new_rows' }),
    trigger('DELETE', { old: 'old_rows' }),
    trigger('TRUNCATE', {}),
  ];
}

const triggerName = ({ table }: AuditTable, purpose: string): string => derivedName(`!${table}`, `_${purpose}`);

/**
 * Puts the triggers on a tracked table.
 *
 * @param table - the table
 * @param audit - the audit table
 */
export function triggersDdl(table: TrackedTable, audit: AuditTable): Ddl {
  const on = name(table.schema, table.table);
  return lines(
    captureTriggers(table, audit).map((trigger) => {
      const rows = [
        ...(trigger.old === undefined ? [] : [ddl`OLD TABLE AS ${name(trigger.old)}`]),
        ...(trigger.new === undefined ? [] : [ddl`NEW TABLE AS ${name(trigger.new)}`]),
      ];
      const referencing = rows.length === 0 ? NOTHING : ddl` REFERENCING ${join(rows, ' ')}`;
      return ddl`CREATE OR REPLACE TRIGGER ${name(trigger.name)} ${keyword(trigger.when)} ${join(trigger.events.map(keyword), ' OR ')} ON ${on}${referencing} FOR EACH STATEMENT EXECUTE FUNCTION ${audit.in(trigger.function)}();`;
    }),
  );
}

const KEYWORDS = {
  BEFORE: ddl`BEFORE`,
  AFTER: ddl`AFTER`,
  INSERT: ddl`INSERT`,
  UPDATE: ddl`UPDATE`,
  DELETE: ddl`DELETE`,
  TRUNCATE: ddl`TRUNCATE`,
};

const keyword = (word: keyof typeof KEYWORDS): Ddl => KEYWORDS[word];

/**
 * Takes the triggers off tables that are not tracked any more, and drops their functions.
 *
 * @param tables - the tables that are tracked
 * @param audit - the audit table
 */
export function untrackDdl(tables: readonly TrackedTable[], audit: AuditTable): Ddl {
  const tracked = tables.map((table) => ddl`pg_catalog.to_regclass(${literal(name(table.schema, table.table).text)})`);
  const kept = tables.map((table) => literal(audit.captureFunction(table.schema, table.table)));
  return block(ddl`
DECLARE
  v_found record;
BEGIN
  FOR v_found IN
    SELECT t.tgname, t.tgrelid::pg_catalog.regclass AS relation FROM pg_catalog.pg_trigger t
     WHERE pg_catalog.obj_description(t.tgfoid, 'pg_proc') IN (${literal(audit.captureComment)}, ${literal(audit.functionComment)})
       AND pg_catalog.left(t.tgname, 1) = '!'
       AND NOT (t.tgrelid = ANY (pg_catalog.array_remove(ARRAY[${join(tracked)}]::pg_catalog.oid[], NULL)))
  LOOP
    EXECUTE pg_catalog.format('DROP TRIGGER %I ON %s', v_found.tgname, v_found.relation);
  END LOOP;
  FOR v_found IN
    SELECT p.oid::pg_catalog.regprocedure AS signature FROM pg_catalog.pg_proc p
     WHERE pg_catalog.obj_description(p.oid, 'pg_proc') = ${literal(audit.captureComment)}
       AND p.proname <> ALL (ARRAY[${join(kept)}]::text[])
  LOOP
    EXECUTE pg_catalog.format('DROP FUNCTION %s', v_found.signature);
  END LOOP;
END
`);
}
