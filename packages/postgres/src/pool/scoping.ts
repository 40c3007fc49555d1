/** Where the context goes relative to a statement, or why the statement must not run. */
export type Scoping =
  | {
      /** The settings go ahead of the statement, or, for BEGIN, behind it. */
      readonly place: 'before' | 'after';
      /** Encoded messages that set the context. */
      readonly preamble: Buffer;
      /** Gives the scoping to try instead when the server does not know, or already has, the prepared preamble. */
      readonly withoutPrepared?: () => Scoping;
    }
  | { readonly place: 'none' }
  | { readonly place: 'refused'; readonly error: Error };

/** The statement's transaction carries the context already, or it moves within the transaction. */
export const UNSCOPED: Scoping = Object.freeze({ place: 'none' });

/**
 * The statement must not run.
 *
 * @param error - what the caller gets
 */
export const refused = (error: Error): Scoping => ({ place: 'refused', error });
