/** How a statement is scoped, or why it must not run. */
export type Scoping =
  | {
      /** The settings go ahead of the statement, in the same round trip. */
      readonly place: 'before';
      /** Encoded messages that set the context. */
      readonly preamble: Buffer;
      /** Called when the messages are on their way. */
      readonly onSent?: () => void;
      /** Gives the scoping to try instead when the server does not know, or already has, the prepared preamble. */
      readonly withoutPrepared?: () => Scoping;
    }
  | { readonly place: 'none' }
  | { readonly place: 'refused'; readonly error: Error };

/** The statement's transaction carries the context already, or the statement needs none. */
export const UNSCOPED: Scoping = Object.freeze({ place: 'none' });

/**
 * The statement must not run.
 *
 * @param error - what the caller gets
 */
export const refused = (error: Error): Scoping => ({ place: 'refused', error });
