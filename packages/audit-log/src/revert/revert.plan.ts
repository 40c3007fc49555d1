import type { AuditImage } from '../query/audit-entry';
import { isRedacted } from '../query/image.diff';
import type { AuditPosition } from '../query/scan.position';
import type { Reference } from './revert.table';

/** An entry that is to be undone. */
export interface UndoneEntry {
  readonly at: AuditPosition;
  readonly model: string;
  readonly targetId: string | null;
  readonly op: 'insert' | 'update' | 'delete';
  /** The row before, by column. */
  readonly old: AuditImage | null;
  /** The row after, by column. */
  readonly fresh: AuditImage | null;
  /** Columns in which they differ. */
  readonly changed: readonly string[];
  /** Operation that it was part of, such as a soft deletion. */
  readonly operationId: string | null;
}

/** An entry in its turn. */
export interface UndoneStep extends UndoneEntry {
  /** Columns that follow the key of a row that is undone ahead of it: PostgreSQL may have brought them back by then. */
  readonly followed: readonly string[];
}

/**
 * Puts entries into the order in which they are undone: the last first. But rows that a foreign key, or a soft deletion, took
 * along were recorded behind the row they hung on, so that it has to be there again before them; so were those whose foreign
 * key followed a changed one (`ON UPDATE CASCADE`), which cannot go back while there is no row of the old key.
 *
 * @param entries - in the order of what was done
 * @param referencesFrom - what a table refers to
 */
export function undoOrder(
  entries: readonly UndoneEntry[],
  referencesFrom: (model: string) => readonly Reference[],
): UndoneStep[] {
  const order: UndoneStep[] = [];
  const done = new Set<UndoneEntry>();
  const deleted = new DeletedRows(entries);
  const changedKeys = new ChangedKeys(entries);
  const place = (entry: UndoneEntry): void => {
    if (done.has(entry)) return;
    done.add(entry);
    const followed: string[] = [];
    for (const reference of entry.old === null ? [] : referencesFrom(entry.model)) {
      const renamed = changedKeys.find(reference, entry);
      if (renamed !== undefined) followed.push(...reference.columns);
      const parent = renamed ?? deleted.find(reference, entry);
      if (parent !== undefined) place(parent);
    }
    order.push({ ...entry, followed });
  };
  for (const entry of entries.toReversed()) place(entry);
  return order;
}

class DeletedRows {
  readonly #indexes = new Map<string, ReadonlyMap<string, UndoneEntry>>();
  readonly #deletions: readonly UndoneEntry[];

  constructor(entries: readonly UndoneEntry[]) {
    this.#deletions = entries.filter((entry) => entry.op === 'delete' || isSoftDeletion(entry));
  }

  find({ parent, parentColumns, columns }: Reference, child: UndoneEntry): UndoneEntry | undefined {
    const values = columns.map((column) => child.old?.[column]);
    if (values.some((value) => value === null || value === undefined)) return undefined;
    const found = this.#index(parent, parentColumns).get(JSON.stringify(values.map(String)));
    return found?.op === 'delete' || found?.operationId === child.operationId ? found : undefined;
  }

  #index(model: string, columns: readonly string[]): ReadonlyMap<string, UndoneEntry> {
    const key = JSON.stringify([model, columns]);
    let index = this.#indexes.get(key);
    if (index === undefined) {
      const rows = this.#deletions.filter((entry) => entry.model === model);
      index = new Map(rows.map((row) => [JSON.stringify(columns.map((column) => String(row.old?.[column]))), row]));
      this.#indexes.set(key, index);
    }
    return index;
  }
}

/** Changes of what others refer to, by what it was and what it became. */
class ChangedKeys {
  readonly #indexes = new Map<string, ReadonlyMap<string, readonly UndoneEntry[]>>();
  readonly #places: ReadonlyMap<UndoneEntry, number>;

  constructor(private readonly entries: readonly UndoneEntry[]) {
    this.#places = new Map(entries.map((entry, place) => [entry, place]));
  }

  find({ parent, parentColumns, columns }: Reference, child: UndoneEntry): UndoneEntry | undefined {
    if (child.op !== 'update' || !columns.some((column) => child.changed.includes(column))) return undefined;
    const rows = this.#index(parent, parentColumns).get(keysOf(child, columns)) ?? [];
    return rows.findLast((row) => this.#placeOf(row) < this.#placeOf(child));
  }

  #placeOf(entry: UndoneEntry): number {
    return this.#places.get(entry) ?? 0;
  }

  #index(model: string, columns: readonly string[]): ReadonlyMap<string, readonly UndoneEntry[]> {
    const key = JSON.stringify([model, columns]);
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    const index = new Map<string, UndoneEntry[]>();
    for (const row of this.entries) {
      if (row.op !== 'update' || row.model !== model) continue;
      const keys = keysOf(row, columns);
      index.set(keys, [...(index.get(keys) ?? []), row]);
    }
    this.#indexes.set(key, index);
    return index;
  }
}

const keysOf = ({ old, fresh }: UndoneEntry, columns: readonly string[]): string =>
  JSON.stringify([old, fresh].map((image) => columns.map((column) => String(image?.[column]))));

/** Part of an operation that has put a mark where there was none; a restoration takes it away. */
const isSoftDeletion = ({ op, operationId, changed, old }: UndoneEntry): boolean =>
  op === 'update' && operationId !== null && changed.some((column) => old?.[column] === null);

/**
 * Tells whether a value of an image is not the value that the row had.
 *
 * @param value - the value
 * @param type - type of its column, as PostgreSQL calls it
 */
export function isHidden(value: unknown, type: string | undefined): boolean {
  if (type === 'bytea' || type === 'bytea[]') return value !== null;
  return hasRedacted(value);
}

function hasRedacted(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return isRedacted(value) || Object.values(value).some(hasRedacted);
}
