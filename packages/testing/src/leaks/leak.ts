/**
 * What can be left behind: a `connection` of the database, a `transaction` open on one, a `client` not given back to its
 * pool, the `context` of a tenant on a pooled connection, a `timer`, or another `handle` such as a socket, a server or a
 * child process.
 */
export type LeakKind = 'connection' | 'transaction' | 'client' | 'context' | 'timer' | 'handle';

/** Something that work left behind. */
export interface Leak {
  /** What kind of thing. */
  readonly kind: LeakKind;
  /** Which one, in words. */
  readonly message: string;
}

/** Thrown when work left something behind; the message names each thing. */
export class LeakError extends Error {
  override readonly name = 'LeakError';
  /** Everything that was left. */
  readonly leaks: readonly Leak[];

  constructor(leaks: readonly Leak[]) {
    super(`Left behind:\n${leaks.map(({ kind, message }) => `  - ${kind}: ${message}`).join('\n')}`);
    this.leaks = Object.freeze([...leaks]);
  }
}
