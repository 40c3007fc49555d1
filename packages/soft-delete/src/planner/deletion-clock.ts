import type { SoftDeleteSchema } from '../model/soft-delete-schema';

/** Tells when rows are deleted. */
export class DeletionClock {
  #last = 0;
  readonly #isUnique: boolean;

  /** @param schema - tells whether a deletion is known by its instant */
  constructor(schema: SoftDeleteSchema) {
    this.#isUnique = schema.models.some(({ deletionId }) => deletionId === undefined);
  }

  /** The instant. Where it stands for a deletion, two of this process never share one; it runs ahead by a millisecond then. */
  now(): Date {
    const now = Date.now();
    this.#last = this.#isUnique ? Math.max(now, this.#last + 1) : now;
    return new Date(this.#last);
  }
}
