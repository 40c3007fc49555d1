import type { ResolvedAuditSqlOptions } from '../options/audit-sql-options.schema';
import { ddl, join, literal, name, NOTHING, type Ddl } from '../sql/ddl';
import { clearOrder, contextVariables, entryId, orderVariables, readContext, sequence } from './capture-context';
import {
  imageColumns,
  recordExpression,
  REDACTED_AND_CHANGED,
  redactMetadata,
  targetIdExpression,
} from './image.expression';
import type { TrackedColumn, TrackedTable } from './tracked-table';

/** What the columns of an entry are filled with. */
interface Entry {
  /** Place of the row in its statement, from 0. */
  readonly place: Ddl;
  readonly tenant: Ddl;
  readonly action: Ddl;
  readonly metadata: Ddl;
  readonly targetId: Ddl;
  readonly op: string;
  readonly record: Ddl;
  readonly old: Ddl;
  readonly new: Ddl;
}

/**
 * The body of the function that records what a statement did to a table. All statements are recorded by INSERT … SELECT from the
 * transition tables: one entry a row, whatever the number of rows.
 *
 * @param table - the table
 * @param options - the resolved options
 */
export function captureBody(table: TrackedTable, options: ResolvedAuditSqlOptions): Ddl {
  return ddl`
#variable_conflict use_variable
DECLARE
${contextVariables(options.settings)}
${orderVariables(options.table)}
BEGIN
${clearOrder}
${readContext}
${redactMetadata(table, options.table)}
${table.isSuppressible ? suppression(table, options) : NOTHING}
  IF TG_OP = 'INSERT' THEN
${ofInsert(table, options)}
  ELSIF TG_OP = 'UPDATE' THEN
${ofUpdate(table, options)}
  ELSIF TG_OP = 'DELETE' THEN
${ofDelete(table, options)}
  ELSE
${ofTruncate(table, options)}
  END IF;
  RETURN NULL;
END
`;
}

/**
 * Writes entries. Their numbers are worked out below their other columns: a row beyond those that a statement has numbers for
 * draws one of its own, once.
 */
function insertInto(table: TrackedTable, options: ResolvedAuditSqlOptions, entry: Entry, from: Ddl): Ddl {
  const place = entry.place;
  const own = ddl`nextval(${sequence(options.table)}) << 20`;
  const numbered = ddl`CASE WHEN ${place} < 1048576 THEN v_seq + ${place} ELSE ${own} END`;
  return ddl`    INSERT INTO ${options.table.quoted} (id, seq, tenant_id, actor_id, actor_type, actor_ip, action, target_type, target_id,
      metadata, op, record, old, new, request_id, correlation_id, on_behalf_of, reason, operation_id)
    SELECT ${entryId(ddl`e.seq`)}, e.seq, e.tenant, v_actor, v_actor_type, v_ip, e.action, ${literal(table.model)}, e.target_id,
      e.metadata, ${literal(entry.op)}, e.record, e.old, e.new, v_request, v_correlation, v_on_behalf, v_reason, v_operation_id
    FROM (SELECT ${numbered} AS seq, ${entry.tenant} AS tenant, ${entry.action} AS action, ${entry.targetId} AS target_id,
            ${entry.metadata} AS metadata, ${entry.record} AS record, ${entry.old} AS old, ${entry.new} AS new
      ${from}) e;`;
}

const NONE = ddl`NULL::jsonb`;

/** With the star it can be nothing but the row: `i` alone would be a column of that name, where the table has one. */
const IMAGE = ddl`to_jsonb(i.*)`;

/** A row is its tenant's, whoever changed it. */
const tenantOf = (value: Ddl): Ddl => ddl`COALESCE(${value}, v_tenant)`;

/** Where a statement for one tenant changed a row of another, the entry says so. */
const metadataOf = (tenant: Ddl): Ddl =>
  ddl`CASE WHEN ${tenant} <> v_tenant THEN COALESCE(v_metadata, '{}') || jsonb_build_object('contextTenant', v_tenant) ELSE v_metadata END`;

const tenantText = ({ tenant }: TrackedTable): Ddl => (tenant ? ddl`${name('t', tenant.name)}::text` : ddl`NULL::text`);

const actionOf = ({ model }: TrackedTable, verb: string): Ddl => literal(`${model}.${verb}`);

function ofInsert(table: TrackedTable, options: ResolvedAuditSqlOptions): Ddl {
  return ddl`${insertInto(table, options, { ...whole(table), op: 'insert', action: ddl`COALESCE(v_action, ${actionOf(table, 'created')})`, old: NONE, new: IMAGE }, ddl`FROM new_rows t CROSS JOIN LATERAL (SELECT ${imageColumns(table, options.table)}) i`)}`;
}

function ofDelete(table: TrackedTable, options: ResolvedAuditSqlOptions): Ddl {
  const verb = table.deletedAt
    ? ddl`CASE WHEN v_operation = 'purge' THEN ${actionOf(table, 'purged')} ELSE ${actionOf(table, 'deleted')} END`
    : actionOf(table, 'deleted');
  return ddl`${insertInto(table, options, { ...whole(table), op: 'delete', action: ddl`COALESCE(v_action, ${verb})`, old: IMAGE, new: NONE }, ddl`FROM old_rows t CROSS JOIN LATERAL (SELECT ${imageColumns(table, options.table)}) i`)}`;
}

type Whole = Pick<Entry, 'place' | 'tenant' | 'metadata' | 'targetId' | 'record'>;

function whole(table: TrackedTable): Whole {
  return {
    place: ddl`(row_number() OVER () - 1)`,
    tenant: tenantOf(tenantText(table)),
    metadata: table.tenant ? metadataOf(tenantText(table)) : ddl`v_metadata`,
    targetId: targetIdExpression(table),
    record: recordExpression(table),
  };
}

/**
 * Both transition tables are filled row by row, in one order: PostgreSQL adds the old and the new version of a row in one step
 * (AfterTriggerSaveEvent). So they are paired by position, which holds for changed, swapped and compound keys, too.
 *
 * FULL JOIN, because plans are kept and made for few rows: as an inner join it would be a nested loop, and 100 rows took 23 ms
 * rather than 4. The condition IS NOT FALSE keeps PostgreSQL from turning it into one.
 */
function ofUpdate(table: TrackedTable, options: ResolvedAuditSqlOptions): Ddl {
  const redacted = table.columns.filter(({ form }) => form === 'redacted');
  const image = redacted.length > 0 ? withChanges(redacted) : ddl`n.image`;
  const keyChange = ddl`CASE WHEN o.target_id <> n.target_id THEN COALESCE(m.metadata, '{}') || jsonb_build_object('previousTargetId', o.target_id) ELSE m.metadata END`;
  const entry: Entry = {
    place: ddl`(place - 1)`,
    tenant: tenantOf(ddl`n.tenant`),
    action: ddl`COALESCE(v_action, ${updateVerb(table)})`,
    metadata: keyChange,
    targetId: ddl`n.target_id`,
    op: 'update',
    record: ddl`n.record`,
    old: ddl`o.image`,
    new: image,
  };
  const from = ddl`FROM (SELECT row_number() OVER () AS place, ${sideColumns(table, redacted)}
            FROM old_rows t CROSS JOIN LATERAL (SELECT ${imageColumns(table, options.table)}) i) o
    FULL JOIN
         (SELECT row_number() OVER () AS place, ${sideColumns(table, redacted)}, ${tenantText(table)} AS tenant, ${recordExpression(table)} AS record
            FROM new_rows t CROSS JOIN LATERAL (SELECT ${imageColumns(table, options.table)}) i) n USING (place)
    CROSS JOIN LATERAL (SELECT ${table.tenant ? metadataOf(ddl`n.tenant`) : ddl`v_metadata`} AS metadata) m
    ${unchangedFilter(table, options)}`;
  return insertInto(table, options, entry, from);
}

function sideColumns(table: TrackedTable, redacted: readonly TrackedColumn[]): Ddl {
  return join([
    ddl`(t.*)::record AS whole`,
    ddl`${IMAGE} AS image`,
    ddl`${targetIdExpression(table)} AS target_id`,
    ...(table.deletedAt ? [ddl`${name('t', table.deletedAt.name)} IS NOT NULL AS is_deleted`] : []),
    ...redacted.map((column, index) => ddl`${name('t', column.name)} AS ${hidden(index)}`),
  ]);
}

const hidden = (index: number): Ddl => name(`hidden_${String(index)}`);

/** Compared as rows of one column byte by byte: not every type has an equality, and NULL is to equal NULL. */
function withChanges(redacted: readonly TrackedColumn[]): Ddl {
  const changes = redacted.map(
    (column, index) =>
      ddl`CASE WHEN ${differs(index)} THEN jsonb_build_object(${literal(column.name)}, ${REDACTED_AND_CHANGED}) ELSE '{}' END`,
  );
  return ddl`CASE WHEN ${join(
    redacted.map((_column, index) => differs(index)),
    ' OR ',
  )} THEN n.image || ${join(changes, ' || ')} ELSE n.image END`;
}

const differs = (index: number): Ddl => ddl`record_image_ne(ROW(o.${hidden(index)}), ROW(n.${hidden(index)}))`;

/**
 * The operation is believed where the row bears it out: side effects of a soft delete on other rows are updates like any other.
 */
function updateVerb(table: TrackedTable): Ddl {
  const updated = actionOf(table, 'updated');
  if (!table.deletedAt) return updated;
  return ddl`CASE WHEN v_operation = 'softDelete' AND NOT o.is_deleted AND n.is_deleted THEN ${actionOf(table, 'softDeleted')}
        WHEN v_operation = 'restore' AND o.is_deleted AND NOT n.is_deleted THEN ${actionOf(table, 'restored')} ELSE ${updated} END`;
}

function unchangedFilter(table: TrackedTable, options: ResolvedAuditSqlOptions): Ddl {
  if (options.recordUnchanged) return NOTHING;
  const stamps = options.ignoreTimestampOnlyUpdates ? table.columns.filter(({ isUpdatedAt }) => isUpdatedAt) : [];
  const hasChanged = ddl`(o.whole *<> n.whole) IS NOT FALSE`;
  if (stamps.length === 0) return ddl`WHERE ${hasChanged}`;
  const without = ddl`- ARRAY[${join(stamps.map((column) => literal(column.name)))}]`;
  const redacted = table.columns.filter(({ form }) => form === 'redacted');
  const hiddenChange = redacted.map((_column, index) => ddl` OR ${differs(index)}`);
  return ddl`WHERE ${hasChanged} AND (o.image ${without} IS DISTINCT FROM n.image ${without}${join(hiddenChange, '')})`;
}

/** How many rows there were is not known any more, and they may have been of any tenant. */
function ofTruncate(table: TrackedTable, options: ResolvedAuditSqlOptions): Ddl {
  return ddl`${insertInto(
    table,
    options,
    {
      place: ddl`0`,
      tenant: ddl`NULL::text`,
      action: ddl`COALESCE(v_action, ${actionOf(table, 'truncated')})`,
      metadata: ddl`v_metadata`,
      targetId: ddl`NULL::text`,
      op: 'truncate',
      record: NONE,
      old: NONE,
      new: NONE,
    },
    NOTHING,
  )}`;
}

/** That something was done stays on record; a TRUNCATE is recorded in any case. */
function suppression(table: TrackedTable, options: ResolvedAuditSqlOptions): Ddl {
  const marker = (op: string, verb: string, rows: string): Ddl =>
    ddl`${insertInto(
      table,
      options,
      {
        place: ddl`0`,
        tenant: ddl`v_tenant`,
        action: ddl`COALESCE(v_action, ${actionOf(table, verb)})`,
        metadata: ddl`COALESCE(v_metadata, '{}') || jsonb_build_object('suppressed', true, 'count', count(*))`,
        targetId: ddl`NULL::text`,
        op,
        record: NONE,
        old: NONE,
        new: NONE,
      },
      ddl`FROM ${name(rows)} HAVING count(*) > 0`,
    )}`;
  return ddl`  IF v_context -> 'suppressed' = 'true' AND TG_OP <> 'TRUNCATE' THEN
    IF TG_OP = 'INSERT' THEN
${marker('insert', 'created', 'new_rows')}
    ELSIF TG_OP = 'UPDATE' THEN
${marker('update', 'updated', 'new_rows')}
    ELSE
${marker('delete', 'deleted', 'old_rows')}
    END IF;
    RETURN NULL;
  END IF;`;
}
