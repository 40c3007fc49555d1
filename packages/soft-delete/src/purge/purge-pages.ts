import type { ModelInfo } from '@nestarc/prisma';
import type { QueryObject } from '../reads/query-value';
import { keyOf, narrowed, selectOf } from '../writes/unique-where';
import type { PurgedModel } from './purge.options';

/** Types whose values Prisma compares. */
const ORDERED: ReadonlySet<string> = new Set(['Int', 'BigInt', 'Float', 'Decimal', 'String', 'DateTime']);

/**
 * Goes through the rows of a model that are old enough, page by page and from the last key to the first: where keys are
 * counted up, children come ahead of their parents so. Rows that stay are left behind by comparing keys, or by counting them
 * where Prisma does not compare values of their type.
 */
export class PurgePages {
  #last: QueryObject | undefined;
  #stayed = 0;
  #isDone = false;

  /**
   * @param model - the model
   * @param olderThan - when its rows were deleted at the latest
   */
  constructor(
    readonly model: PurgedModel,
    private readonly olderThan: Date,
  ) {}

  /** Whether all have been looked at. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /**
   * Gives the arguments of the `findMany` that finds the next ones.
   *
   * @param size - how many
   */
  args(size: number): QueryObject {
    const { info } = this.model.soft;
    const fields = keyOf(info);
    const isOrdered = fields.every((field) => ORDERED.has(info.field(field)?.type ?? ''));
    const after = isOrdered && this.#last !== undefined ? behind(fields, this.#last) : undefined;
    return {
      where: narrowed(oldRows(this.model, this.olderThan), after),
      orderBy: fields.map((field) => ({ [field]: 'desc' })),
      select: selectOf(fields),
      take: size,
      ...(isOrdered || this.#stayed === 0 ? {} : { skip: this.#stayed }),
    };
  }

  /**
   * Goes on behind a page.
   *
   * @param rows - what was found
   * @param purged - how many of these are gone
   * @param size - how many were asked for
   */
  advance(rows: readonly QueryObject[], purged: number, size: number): void {
    this.#last = rows.at(-1) ?? this.#last;
    this.#stayed += rows.length - purged;
    this.#isDone = rows.length < size;
  }
}

/**
 * Filters the rows of a model that a purge is about.
 *
 * @param model - the model
 * @param olderThan - when its rows were deleted at the latest
 */
export function oldRows({ soft, filter = {} }: PurgedModel, olderThan: Date): QueryObject {
  return narrowed(filter, { [soft.deletedAt]: { not: null, lt: olderThan } });
}

/**
 * Filters rows by their keys.
 *
 * @param info - the model
 * @param rows - the rows, at least one
 */
export function amongKeys(info: ModelInfo, rows: readonly QueryObject[]): QueryObject {
  const fields = keyOf(info);
  const [only = ''] = fields;
  if (fields.length === 1) return { [only]: { in: rows.map((row) => row[only]) } };
  return { OR: rows.map((row) => Object.fromEntries(fields.map((field) => [field, row[field]]))) };
}

/** `(a, b) < (1, 2)`, as Prisma has it. */
function behind(fields: readonly string[], last: QueryObject): QueryObject {
  return {
    OR: fields.map((field, index) => ({
      ...Object.fromEntries(fields.slice(0, index).map((same) => [same, last[same]])),
      [field]: { lt: last[field] },
    })),
  };
}
