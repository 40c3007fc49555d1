import { amendContext, createContext, currentContext, runWithContext } from '@nestarc/core';
import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { reportAuditError } from '../context/audit-report';
import { type AuditState, auditStateOf, statePatch } from '../context/audit-state';
import type { ResolvedAuditLogModuleOptions } from '../options/audit-module-options.schema';
import type { ActorRequest } from '../options/audit-module.options';
import { AUDIT_LOG_OPTIONS } from './audit-log.tokens';
import { ActorExtraction, RequestActor } from './request-actor';

/** Whatever it is that a client sends along, it is not to fill the audit log. */
const LONGEST_CORRELATION_ID = 200;

/** Opens what the audit log knows of a request. */
@Injectable()
export class RequestScope {
  /** Asks who acts. */
  readonly extraction: ActorExtraction;

  constructor(@Inject(AUDIT_LOG_OPTIONS) private readonly options: ResolvedAuditLogModuleOptions) {
    this.extraction = new ActorExtraction(options);
  }

  /**
   * Makes the state of a request that has just come in.
   *
   * @param request - the request
   */
  stateOf(request: unknown): AuditState {
    const source = this.extraction.isPossible ? new RequestActor(this.extraction, request) : undefined;
    return { noAudit: false, source, correlationId: this.#correlationId(request as ActorRequest) };
  }

  /**
   * Goes on with a request, in a context that has a state. A context that was opened for this very request is amended: what
   * guards find out about the request is known to everybody who holds that context.
   *
   * @param state - the state
   * @param next - goes on
   */
  open(state: AuditState, next: () => void): void {
    const context = currentContext();
    if (context?.requestId !== undefined && auditStateOf(context) === undefined) {
      amendContext(statePatch(context, state));
      return next();
    }
    const own = createContext({ ...context, requestId: randomUUID() });
    runWithContext(createContext({ ...own, ...statePatch(own, state) }), next);
  }

  #correlationId(request: ActorRequest): string | undefined {
    const { correlationIdGetter, correlationIdHeaders } = this.options;
    try {
      const headers: ActorRequest['headers'] | undefined = request.headers;
      const found =
        correlationIdGetter === undefined
          ? correlationIdHeaders.map((name) => headers?.[name]).find((value) => value !== undefined)
          : correlationIdGetter(request);
      const [value] = [found].flat();
      return typeof value === 'string' && value !== '' ? value.slice(0, LONGEST_CORRELATION_ID) : undefined;
    } catch (error) {
      reportAuditError(this.options, error, { phase: 'context' });
      return undefined;
    }
  }
}
