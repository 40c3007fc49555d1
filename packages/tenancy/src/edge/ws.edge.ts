import { isNestarcError } from '@nestarc/core';
import { requireOptionalPeer } from '@nestarc/core/nest';
import { type ExecutionContext, HttpException } from '@nestjs/common';
import { rememberContext, withinRemembered } from '../transports/execution-contexts';
import { answerOf } from '../transports/refusal-answer';
import { isWebSocket, sendEvent } from '../transports/socket-client';
import { connectionOf, findConnection } from '../transports/socket-connection';
import type { ExecutionEdge, Identity } from './execution-edge';

interface WebSocketsPeer {
  readonly WsException?: new (error: object) => Error;
  readonly BaseWsExceptionFilter?: { readonly prototype: { readonly emitMessage?: unknown } };
}

const clientOf = (execution: ExecutionContext): object => execution.switchToWs().getClient<object>();

/** Messages to WebSocket gateways; the request is the one that opened the connection. */
export const wsEdge: ExecutionEdge = Object.freeze({
  requestOf: (execution: ExecutionContext) => connectionOf(clientOf(execution)).request,

  responseOf: () => undefined,

  enter(execution: ExecutionContext, identity: Identity): void {
    rememberContext(execution, identity);
    if (identity.tenantId !== undefined) connectionOf(clientOf(execution)).join(identity.tenantId);
  },

  within: withinRemembered,

  /** A `WsException`: Nest's filter answers with the event `exception`. */
  refusal(error: unknown, execution: ExecutionContext): unknown {
    if (!isNestarcError(error)) return error;
    const { code, status, message } = answerOf(error);
    const client = clientOf(execution);
    // Whoever is refused is not to get what is broadcast either. An outage of whatever verifies is nobody's fault.
    if (status < 500) findConnection(client)?.leave();
    const answer = { status: 'error', code, message };
    const peer = (requireOptionalPeer('@nestjs/websockets') ?? {}) as WebSocketsPeer;
    // The filters of Nest 10 and 11 call `emit`, which a WebSocket does not send anything with.
    if (peer.BaseWsExceptionFilter?.prototype.emitMessage === undefined && isWebSocket(client)) {
      sendEvent(client, 'exception', answer);
    }
    return peer.WsException === undefined ? new HttpException(answer, status) : new peer.WsException(answer);
  },
});
