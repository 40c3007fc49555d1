import { NestarcError } from '@nestarc/core';

/** Thrown by a deletion when the application's `actorExtractor` gives what is no text; nothing is deleted. */
export class ActorInvalidError extends NestarcError {
  /** @param type - what it gave, as `typeof` names it */
  constructor(type: string) {
    super(`actorExtractor has to give a text or null, and gave a ${type}: turn it into a text with String()`, {
      code: 'SOFT_DELETE_ACTOR_INVALID',
    });
  }
}
