import { amendContext, isNestarcError } from '@nestarc/core';
import { toHttpException } from '@nestarc/core/nest';
import type { ExecutionContext } from '@nestjs/common';
import type { TenancyRequest, TenancyResponse } from '../request/tenancy-request';
import type { ExecutionEdge, Identity } from './execution-edge';

interface HeaderWriter {
  header?(name: string, value: string): unknown;
}

const BYPASS = { mode: 'bypass' } as const;

/** Requests to controllers, on Express and Fastify. */
export const httpEdge: ExecutionEdge = Object.freeze({
  requestOf: (execution: ExecutionContext) => execution.switchToHttp().getRequest<TenancyRequest>(),

  responseOf: (execution: ExecutionContext) => execution.switchToHttp().getResponse<TenancyResponse>(),

  enter(_execution: ExecutionContext, { tenantId, actor }: Identity): void {
    if (tenantId === undefined) amendContext(actor === undefined ? BYPASS : { mode: 'bypass', actor });
    else amendContext(actor === undefined ? { tenantId } : { tenantId, actor });
  },

  within: <T>(_execution: ExecutionContext, callback: () => T): T => callback(),

  /** An `HttpException`, so that the application's own filters treat it as one, and clients are told how to log in. */
  refusal(error: unknown, execution: ExecutionContext): unknown {
    if (!isNestarcError(error)) return error;
    if (error.status === 401) {
      // RFC 9110 §11.6.1: an answer of 401 names a challenge.
      execution.switchToHttp().getResponse<HeaderWriter>().header?.('WWW-Authenticate', 'Bearer');
    }
    return toHttpException(error);
  },
});
