import type { QueryObject } from './query-value';

/** What is done to the rows of an answer. */
export interface RowProjector {
  /** The relations in which there is something to do. */
  readonly relations: readonly RelationProjector[];
}

/** What is done to what stands under one relation of a row. */
export interface RelationProjector {
  /** Name of the relation's field. */
  readonly field: string;
  /** What marks a deleted row, for a relation to one. */
  readonly mark?: RowMark | undefined;
  /** What is done to the rows themselves. */
  readonly rows?: RowProjector | undefined;
}

/** How a deleted row is told, and what comes of it. */
export interface RowMark {
  /** Field that marks it. */
  readonly deletedAt: string;
  /** Whether the field was selected for this only. */
  readonly isAdded: boolean;
  /** Whether there is no row at all where a row is deleted, because PostgreSQL keeps it out of sight. */
  readonly isHidden: boolean;
  /** Makes the error that a deleted row gives; without it the relation is null. */
  readonly refuse?: (() => Error) | undefined;
}

/**
 * Takes deleted rows out of an answer, in place: Prisma makes every object of an answer anew.
 *
 * @param projector - what is to be done
 * @param answer - a row, several, or none
 * @throws Error where a relation refuses deleted rows
 */
export function projectAnswer(projector: RowProjector, answer: unknown): void {
  if (Array.isArray(answer)) {
    for (const row of answer) projectAnswer(projector, row);
  } else if (isRow(answer)) {
    for (const relation of projector.relations) projectRelation(relation, answer);
  }
}

function projectRelation({ field, mark, rows }: RelationProjector, row: Record<string, unknown>): void {
  const related = row[field];
  if (mark !== undefined) {
    if (isDeleted(mark, related)) {
      if (mark.refuse !== undefined) throw mark.refuse();
      row[field] = null;
      return;
    }
    // Left for fields that a result extension computes of it, which happens later.
    if (mark.isAdded && isRow(related)) Object.defineProperty(related, mark.deletedAt, { enumerable: false });
  }
  if (rows !== undefined) projectAnswer(rows, related);
}

function isDeleted({ deletedAt, isHidden, refuse }: RowMark, related: unknown): boolean {
  if (isRow(related)) return related[deletedAt] !== null && related[deletedAt] !== undefined;
  return related === null && isHidden && refuse !== undefined;
}

const isRow = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/**
 * Takes from an answer what stands at the end of a chain of calls, such as `post.findUnique(…).author()`.
 *
 * @param answer - the whole answer
 * @param path - fields of the chain
 */
export function atPath(answer: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((held, field) => (isRow(held) ? (held as QueryObject)[field] : held), answer);
}
