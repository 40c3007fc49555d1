import { identifier, sql, type SqlFragment } from '@nestarc/postgres';
import {
  type AuditRevertConflict,
  AuditRequestNotFoundError,
  AuditRevertConflictError,
  type AuditRevertObstacle,
} from '../errors/audit-revert.errors';
import type { AuditImage } from '../query/audit-entry';
import type { AuditReader } from '../query/audit-reader';
import { all } from '../query/entry.filter';
import { typed } from '../service/value.sql';
import { isHidden, undoOrder, type UndoneEntry, type UndoneStep } from './revert.plan';
import {
  type ChangeToUndo,
  isChangedUnseen,
  isReferenced,
  lockMade,
  undoDelete,
  undoInsert,
  undoUpdate,
} from './revert.statements';
import type { RevertTable, RevertTables } from './revert.table';

type Recorded = readonly [
  xid: string,
  seq: string,
  model: string | null,
  targetId: string | null,
  op: UndoneEntry['op'] | 'truncate',
  old: AuditImage | null,
  fresh: AuditImage | null,
  changed: readonly string[] | null,
  operationId: string | null,
];

/** Undoes a request: entry by entry, the last first, each only where the row still is what the entry left. */
export class RevertRun {
  readonly #conflicts: AuditRevertConflict[] = [];

  /**
   * @param reader - the reading; its statements run in the transaction
   * @param tables - the tables of the schema
   * @param requestId - the request
   */
  constructor(
    private readonly reader: AuditReader,
    private readonly tables: RevertTables,
    private readonly requestId: string,
  ) {}

  /**
   * Runs it.
   *
   * @returns how many changes were undone
   * @throws AuditRequestNotFoundError when there are none
   * @throws AuditRevertConflictError when one cannot be undone
   */
  async run(): Promise<number> {
    const entries = undoOrder(await this.#entries(), (model) => this.tables.referencesFrom(model));
    for (const entry of entries) {
      try {
        const obstacle = await this.#undo(entry);
        if (obstacle !== undefined) this.#refuse(entry.model, entry.targetId, obstacle);
      } catch (error) {
        if (!isConstraint(error)) throw error;
        this.#refuse(entry.model, entry.targetId, 'constraint');
        throw new AuditRevertConflictError(this.requestId, this.#conflicts, error);
      }
    }
    if (this.#conflicts.length > 0) throw new AuditRevertConflictError(this.requestId, this.#conflicts);
    return entries.length;
  }

  #refuse(model: string | null, targetId: string | null, obstacle: AuditRevertObstacle): void {
    this.#conflicts.push({ model, targetId, obstacle });
  }

  async #entries(): Promise<UndoneEntry[]> {
    const { reader } = this;
    const rows = await reader.answer<readonly Recorded[]>(recordedIn(reader, this.requestId));
    const models = [...new Set(rows.flatMap(([, , model]) => model ?? []))];
    for (const model of models) if (await this.#wasEmptied(model)) this.#refuse(model, null, 'truncated');
    const entries: UndoneEntry[] = [];
    for (const [xid, seq, model, targetId, op, old, fresh, changed, operationId] of rows) {
      if (op === 'truncate') this.#refuse(model, targetId, 'truncated');
      else if (model === null || (old === null && fresh === null)) this.#refuse(model, targetId, 'suppressed');
      else entries.push({ at: { xid, seq }, model, targetId, op, old, fresh, changed: changed ?? [], operationId });
    }
    if (rows.length === 0) throw new AuditRequestNotFoundError(this.requestId);
    return entries;
  }

  #wasEmptied(model: string): Promise<boolean> {
    const { schema, truncationsFunction } = this.reader.table;
    return this.reader
      .answer(sql`SELECT EXISTS (SELECT FROM ${identifier(schema, truncationsFunction)}(${typed.text(model)}) f
      WHERE f.in_request = ${typed.text(this.requestId)})::text AS answer`);
  }

  async #undo(entry: UndoneStep): Promise<AuditRevertObstacle | undefined> {
    const table = await this.tables.find(entry.model, this.reader);
    if (table === undefined) return 'unknown';
    const touched = entry.op === 'delete' ? Object.keys(entry.old ?? {}) : entry.changed;
    const restored = touched.filter((column) => !table.generated.has(column));
    const gone = restored.filter((column) => !table.columns.has(column));
    const restorable = restored.filter((column) => table.columns.has(column));
    if (entry.op !== 'insert') {
      if (entry.op === 'update' && gone.length > 0) return 'unknown';
      if (restorable.some((column) => isLost(entry, column, table))) return 'redacted';
    }
    const compared = Object.keys(entry.fresh ?? {}).filter((column) =>
      isComparable(entry.fresh?.[column], table, column),
    );
    const change: ChangeToUndo = { at: entry.at, compared, restored: restorable, followed: entry.followed };
    if (entry.op === 'insert' && (await this.#isReferenced(entry, table))) return 'referenced';
    if (entry.op !== 'delete' && (await this.#isChangedUnseen(entry, table, compared))) return 'changed';
    const count = await this.reader.answer<number>(STATEMENTS[entry.op](this.reader, table, change));
    if (count === 1) return undefined;
    return entry.op === 'delete' ? 'exists' : 'changed';
  }

  async #isChangedUnseen(
    { at, model, targetId }: UndoneEntry,
    table: RevertTable,
    compared: readonly string[],
  ): Promise<boolean> {
    const unseen = [...table.columns.keys()].filter((column) => !compared.includes(column));
    if (unseen.length === 0) return false;
    const row = { at, model, targetId, requestId: this.requestId };
    return this.reader.answer<boolean>(isChangedUnseen(this.reader, row, unseen));
  }

  async #isReferenced({ at, model }: UndoneEntry, table: RevertTable): Promise<boolean> {
    const references = this.tables.referencesTo(model);
    if (references.length === 0) return false;
    await this.reader.answer<number>(lockMade(this.reader, table, at));
    return this.reader.answer<boolean>(isReferenced(this.reader, table, at, references));
  }
}

const STATEMENTS = { insert: undoInsert, update: undoUpdate, delete: undoDelete };

/** A column that PostgreSQL works out from others is no longer there to compare either. */
function isComparable(value: unknown, table: RevertTable, column: string): boolean {
  const type = table.columns.get(column);
  if (type === undefined) return false;
  return type === 'bytea' || !isHidden(value, type);
}

function isLost({ old, fresh }: UndoneEntry, column: string, table: RevertTable): boolean {
  const type = table.columns.get(column);
  return isHidden(old?.[column], type) || (fresh !== null && type === undefined);
}

function recordedIn(reader: AuditReader, requestId: string): SqlFragment {
  return sql`SELECT COALESCE(pg_catalog.json_agg(pg_catalog.json_build_array(e.xid::text, e.seq::text, e.target_type, e.target_id, e.op,
      e.old, e.new, (SELECT pg_catalog.json_agg(k) FROM pg_catalog.jsonb_object_keys(e.old || e.new) k
        WHERE e.old -> k IS DISTINCT FROM e.new -> k), e.operation_id) ORDER BY e.settled, e.seq), '[]')::text AS answer
    FROM (SELECT e.*, pg_catalog.max(e.created_at) OVER (PARTITION BY e.xid) AS settled FROM ${reader.from} e
      WHERE ${all([reader.where, sql`e.request_id = ${typed.text(requestId)}`, sql`e.op IS NOT NULL`])}) e`;
}

interface Failure {
  readonly message?: unknown;
  readonly code?: unknown;
  readonly meta?: { readonly code?: unknown };
}

/** Class 23: a key that is taken, a row that is referred to or not there, a check that fails. */
function isConstraint(error: unknown): boolean {
  const { message, code, meta } = (error ?? {}) as Failure;
  if (code === 'P2002' || code === 'P2003' || code === 'P2004') return true;
  return /^23/.test(String(meta?.code)) || /Code: `23\w{3}`/.test(String(message));
}
