import { createHash } from 'node:crypto';
import type { TrackedTable } from '../capture/tracked-table';
import { captureTriggers, type CaptureTrigger, type TriggerEvent } from '../capture/trigger.ddl';
import type { AuditTable } from '../table/audit-table';
import type { FunctionDefinition } from '../table/function.ddl';

/** A trigger, as PostgreSQL's catalog has it. */
export interface TriggerFacts {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly function: string;
  /** When and for what it fires, as a set of bits. */
  readonly type: number;
  /** `O` fires, `A` as well, `D` is disabled, `R` fires for replication only. */
  readonly enabled: string;
  readonly old: string | null;
  readonly new: string | null;
  /** Whether it fires under a condition only. */
  readonly conditional: boolean;
}

/** The bits of `pg_trigger.tgtype`. */
const BITS: Readonly<Record<TriggerEvent | 'BEFORE', number>> = {
  BEFORE: 2,
  INSERT: 4,
  DELETE: 8,
  UPDATE: 16,
  TRUNCATE: 32,
};

/**
 * The triggers that a table is to have.
 *
 * @param table - the table
 * @param audit - the audit table
 */
export function expectedTriggers(table: TrackedTable, audit: AuditTable): TriggerFacts[] {
  return captureTriggers(table, audit).map((trigger) => ({
    schema: table.schema,
    table: table.table,
    name: trigger.name,
    function: trigger.function,
    type: bitsOf(trigger),
    enabled: 'O',
    old: trigger.old ?? null,
    new: trigger.new ?? null,
    conditional: false,
  }));
}

function bitsOf({ when, events }: CaptureTrigger): number {
  const before = when === 'BEFORE' ? BITS.BEFORE : 0;
  return events.reduce((bits, event) => bits + BITS[event], before);
}

/**
 * The digest of the body that a function is to have, as PostgreSQL works it out.
 *
 * @param definition - the function
 */
export function expectedDigest({ body }: FunctionDefinition): string {
  return createHash('md5').update(body.text).digest('hex');
}
