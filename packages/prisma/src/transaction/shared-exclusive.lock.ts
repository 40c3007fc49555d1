/**
 * Lets operations of a transaction run side by side, and a savepoint alone. Who comes first is served first: an operation
 * behind a waiting savepoint waits, too, or a busy transaction would never get to it.
 */
export class SharedExclusiveLock {
  #shared = 0;
  #exclusive = false;
  readonly #waiting: Waiter[] = [];

  /** Whether nobody holds the lock or waits for it. */
  get isIdle(): boolean {
    return this.#shared === 0 && !this.#exclusive && this.#waiting.length === 0;
  }

  /** Takes the lock for an operation. Gives `undefined` when it is free, for operations of one tick to stay in one tick. */
  enterShared(): Promise<void> | undefined {
    if (this.#exclusive || this.#waiting.length > 0) return this.#wait(false);
    this.#shared += 1;
    return undefined;
  }

  /** Gives back what {@link enterShared} took. */
  leaveShared(): void {
    this.#shared -= 1;
    this.#admit();
  }

  /** Takes the lock for a savepoint. */
  enterExclusive(): Promise<void> | undefined {
    if (!this.isIdle) return this.#wait(true);
    this.#exclusive = true;
    return undefined;
  }

  /** Gives back what {@link enterExclusive} took. */
  leaveExclusive(): void {
    this.#exclusive = false;
    this.#admit();
  }

  #wait(exclusive: boolean): Promise<void> {
    return new Promise((admit) => this.#waiting.push({ exclusive, admit }));
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#exclusive || (next.exclusive && this.#shared > 0)) return;
      this.#waiting.shift();
      if (next.exclusive) this.#exclusive = true;
      else this.#shared += 1;
      next.admit();
    }
  }
}

interface Waiter {
  readonly exclusive: boolean;
  readonly admit: () => void;
}
