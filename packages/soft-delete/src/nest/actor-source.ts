import type { ExecutionContext } from '@nestjs/common';
import { ActorInvalidError } from '../errors/actor-invalid.error';
import type { ActorSource } from '../visibility/current-visibility';
import type { ActorExtractor, ActorRequest } from './soft-delete-module.options';

/**
 * Makes what tells the actor of a request from the application's extractor.
 *
 * @param extractor - the extractor, if there is one
 * @param execution - what Nest is about to run
 * @returns the source; `undefined` without an extractor, and where there is no request
 */
export function actorSourceOf(
  extractor: ActorExtractor | undefined,
  execution: ExecutionContext,
): ActorSource | undefined {
  if (extractor === undefined) return undefined;
  const request = requestOf(execution);
  if (request === undefined) return undefined;
  return () => {
    const actor: unknown = extractor(request);
    if (actor === undefined || actor === null || actor === '') return null;
    if (typeof actor !== 'string') throw new ActorInvalidError(typeof actor);
    return actor;
  };
}

/** Of a resolver of GraphQL it is in the context that the application makes, where all drivers put it. */
function requestOf(execution: ExecutionContext): ActorRequest | undefined {
  const kind: string = execution.getType();
  if (kind === 'http') return execution.switchToHttp().getRequest<ActorRequest>();
  if (kind !== 'graphql') return undefined;
  return execution.getArgByIndex<{ readonly req?: ActorRequest } | undefined>(2)?.req;
}
