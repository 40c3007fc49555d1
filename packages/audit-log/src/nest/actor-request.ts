import type { ExecutionContext } from '@nestjs/common';

interface GraphqlContext {
  readonly req?: unknown;
  readonly request?: unknown;
  readonly reply?: { readonly request?: unknown };
}

/**
 * Gives what an actor is looked for in: what guards leave a user on. Never what the client has sent: the payload of a message may
 * say that it comes from anybody.
 *
 * @param execution - what Nest is about to run
 */
export function actorRequestOf(execution: ExecutionContext): unknown {
  const kind: string = execution.getType();
  switch (kind) {
    case 'http':
      return execution.switchToHttp().getRequest();
    case 'graphql': {
      // Resolvers get (root, args, context, info); those of references in a federation (reference, context, info).
      const [context] = execution.getArgs<(GraphqlContext | undefined)[]>().slice(-2);
      return [context?.req, context?.request, context?.reply?.request].find((found) => found !== undefined) ?? context;
    }
    case 'ws':
      return execution.switchToWs().getClient();
    case 'rpc':
      return execution.switchToRpc().getContext();
    default:
      return undefined;
  }
}
