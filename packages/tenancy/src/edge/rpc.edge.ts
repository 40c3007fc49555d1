import { isNestarcError, type NestarcError } from '@nestarc/core';
import { requireOptionalPeer } from '@nestarc/core/nest';
import * as nest from '@nestjs/common';
import { type ExecutionContext, HttpException } from '@nestjs/common';
import { headersOfCarrier } from '../propagation/carrier-headers';
import type { TenancyRequest } from '../request/tenancy-request';
import { rememberContext, withinRemembered } from '../transports/execution-contexts';
import { isEventHandler } from '../transports/handler-kinds';
import { answerOf } from '../transports/refusal-answer';
import { RefusalLog } from '../transports/refusal-log';
import type { ExecutionEdge } from './execution-edge';
import { carrierOf } from './message-carrier';

interface MicroservicesPeer {
  readonly RpcException?: new (error: object) => Error;
}

/** By the arguments of the execution, as what is learnt about a request is kept by the request. */
const requests = new WeakMap<object, TenancyRequest>();

const refusals = new RefusalLog();

/** The codes of gRPC that HTTP statuses stand for; https://github.com/googleapis/googleapis, google/rpc/code.proto. */
const GRPC_CODES: Readonly<Record<number, number>> = { 400: 3, 401: 16, 403: 7, 404: 5, 503: 14 };
const GRPC_INTERNAL = 13;
const GRPC_UNAUTHENTICATED = 16;

/** Messages and events to controllers of microservices; the request is made of the headers of the message. */
export const rpcEdge: ExecutionEdge = Object.freeze({
  requestOf(execution: ExecutionContext): TenancyRequest {
    const key = execution.getArgs();
    const known = requests.get(key);
    if (known !== undefined) return known;
    const found = carrierOf(execution.switchToRpc().getContext());
    const request = headersOfCarrier(found?.carrier, { kind: found?.kind });
    requests.set(key, request);
    return request;
  },

  responseOf: () => undefined,

  enter: rememberContext,

  within: withinRemembered,

  /** An `RpcException`: Nest's filter answers with what it carries. */
  refusal(error: unknown, execution: ExecutionContext): unknown {
    if (!isNestarcError(error)) return error;
    if (isEventHandler(execution.getHandler())) return unanswered(error, execution);
    const answer = isGrpc(execution) ? grpcAnswerOf(error) : answerOf(error);
    const { RpcException } = microservices();
    return RpcException === undefined ? new HttpException(answer, error.status) : new RpcException(answer);
  },
});

const microservices = (): MicroservicesPeer => requireOptionalPeer('@nestjs/microservices') ?? {};

const isGrpc = (execution: ExecutionContext): boolean =>
  carrierOf(execution.switchToRpc().getContext())?.kind === 'grpc';

function grpcAnswerOf(error: NestarcError): { readonly code: number; readonly message: string } {
  const { code, status, message } = answerOf(error);
  // No tenant at all is no credentials at all: the caller is to come back with some.
  const grpcCode = code === 'TENANT_REQUIRED' ? GRPC_UNAUTHENTICATED : (GRPC_CODES[status] ?? GRPC_INTERNAL);
  return { code: grpcCode, message: `${code}: ${message}` };
}

/**
 * Nobody waits for the answer to an event. Nest 12 logs each `RpcException` of one with its stack, and Nest 10 each other
 * error; hostile senders would fill the disk. What neither logs still reaches the application's own filters.
 */
function unanswered(error: NestarcError, execution: ExecutionContext): Error {
  refusals.note(error.code, `${execution.getClass().name}.${execution.getHandler().name}`);
  const answer = answerOf(error);
  const { RpcException } = microservices();
  // The first releases of Nest 10 have no such class.
  const { IntrinsicException } = nest as { readonly IntrinsicException?: abstract new () => Error };
  const isSilent = IntrinsicException !== undefined && HttpException.prototype instanceof IntrinsicException;
  return isSilent || RpcException === undefined
    ? new HttpException(answer, error.status, { cause: error })
    : new RpcException(answer);
}
