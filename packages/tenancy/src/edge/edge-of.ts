import { NestarcError } from '@nestarc/core';
import type { ExecutionContext } from '@nestjs/common';
import type { ExecutionEdge } from './execution-edge';
import { graphqlEdge } from './graphql.edge';
import { httpEdge } from './http.edge';
import { rpcEdge } from './rpc.edge';
import { wsEdge } from './ws.edge';

const EDGES: ReadonlyMap<string, ExecutionEdge> = new Map([
  ['http', httpEdge],
  ['ws', wsEdge],
  ['rpc', rpcEdge],
  ['graphql', graphqlEdge],
]);

/** Thrown for a handler of a transport whose tenants cannot be told: it does not run. */
export class UnknownTransportError extends NestarcError {
  /** @param type - what Nest calls the transport */
  constructor(type: string) {
    super(`The tenant of a handler of "${type}" cannot be told; mark it with @BypassTenancy() if it needs none`, {
      code: 'TENANT_TRANSPORT_UNKNOWN',
    });
  }
}

/**
 * Tells whether the transport of an execution is one whose tenants can be told.
 *
 * @param execution - what Nest is about to run
 */
export function hasEdge(execution: ExecutionContext): boolean {
  return EDGES.has(execution.getType());
}

/**
 * Gives what is particular to the transport of an execution.
 *
 * @param execution - what Nest is about to run
 * @throws {@link UnknownTransportError} for a transport it does not know
 */
export function edgeOf(execution: ExecutionContext): ExecutionEdge {
  const type: string = execution.getType();
  const edge = EDGES.get(type);
  if (edge === undefined) throw new UnknownTransportError(type);
  return edge;
}
