import { amendContext, currentContext, isNestarcError, NestarcError } from '@nestarc/core';
import { type ExecutionContext, HttpException } from '@nestjs/common';
import { currentOperation } from '../graphql/operation-scope';
import type { TenancyRequest, TenancyResponse } from '../request/tenancy-request';
import { rememberContext, withinRemembered } from '../transports/execution-contexts';
import { answerOf } from '../transports/refusal-answer';
import type { ExecutionEdge, Identity } from './execution-edge';

/** Thrown for an operation of GraphQL that runs outside of any request: it does not run. */
export class OperationUnscopedError extends NestarcError {
  constructor() {
    super(
      'This operation came over a WebSocket and has no request context; set up subscriptions with ' +
        "{ 'graphql-ws': tenantSubscriptions() } of @nestarc/tenancy/graphql",
      { code: 'TENANT_OPERATION_UNSCOPED' },
    );
  }
}

interface GraphqlContext {
  readonly req?: unknown;
  readonly request?: unknown;
  readonly reply?: { readonly request?: unknown };
  readonly res?: TenancyResponse;
}

interface GraphqlInfo {
  readonly operation?: { readonly operation?: string };
}

/** The codes that clients of Apollo know, by HTTP status. */
const APOLLO_CODES: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
};

/** Resolvers get `(root, args, context, info)`; those of references in a federation get `(reference, context, info)`. */
function partsOf(execution: ExecutionContext): { context: GraphqlContext; info: GraphqlInfo } {
  const [context, info] = execution.getArgs<unknown[]>().slice(-2);
  return { context: context ?? {}, info: info ?? {} };
}

const isSubscription = (execution: ExecutionContext): boolean =>
  partsOf(execution).info.operation?.operation === 'subscription';

const isRequest = (value: unknown): value is TenancyRequest =>
  typeof (value as Partial<TenancyRequest> | undefined)?.headers === 'object';

/** Operations of GraphQL, over HTTP and over graphql-ws. */
export const graphqlEdge: ExecutionEdge = Object.freeze({
  requestOf(execution: ExecutionContext): TenancyRequest {
    const operation = currentOperation();
    if (operation !== undefined) return operation.request;
    const { context } = partsOf(execution);
    const request = [context.req, context.request, context.reply?.request].find(isRequest);
    if (request === undefined || currentContext() === undefined || isSubscription(execution)) {
      throw new OperationUnscopedError();
    }
    return request;
  },

  responseOf(execution: ExecutionContext): TenancyResponse | undefined {
    const { context } = partsOf(execution);
    return context.res ?? (context.req as { res?: TenancyResponse } | undefined)?.res;
  },

  /**
   * The fields of an operation share the request's context: one that does without a tenant gets a context of its own, and
   * leaves the others theirs. A subscription has one field, and its events no other context.
   */
  enter(execution: ExecutionContext, identity: Identity): void {
    const { tenantId, actor } = identity;
    const settled = { ...(tenantId === undefined ? {} : { tenantId }), ...(actor === undefined ? {} : { actor }) };
    if (tenantId !== undefined) amendContext(settled);
    else if (isSubscription(execution)) amendContext({ ...settled, mode: 'bypass' });
    else rememberContext(execution, identity);
  },

  within: withinRemembered,

  /** An `HttpException`, as Nest's drivers expect it, with extensions for those that take errors as they are. */
  refusal(error: unknown): unknown {
    if (!isNestarcError(error)) return error;
    const { code, status, message } = answerOf(error);
    const answer = new HttpException({ statusCode: status, code, message }, status, { cause: error });
    const extensions = { code: APOLLO_CODES[status] ?? 'INTERNAL_SERVER_ERROR', reason: code, status };
    return Object.assign(answer, { extensions });
  },
});
