import { Injectable, type NestMiddleware } from '@nestjs/common';
import { RequestScope } from './request-scope';
import { rememberRequest } from './fastify-requests';

/**
 * Opens what the audit log knows of a request: its correlation id, and whom to ask who acts. `AuditLogModule` applies it to all
 * routes but those that are excluded.
 */
@Injectable()
export class AuditActorMiddleware implements NestMiddleware {
  constructor(private readonly scope: RequestScope) {}

  /**
   * Goes on with the request.
   *
   * @param request - the request, of Fastify as Node has it
   * @param _response - the response
   * @param next - goes on
   */
  use(request: object, _response: unknown, next: () => void): void {
    const state = this.scope.stateOf(request);
    rememberRequest(request, state);
    this.scope.open(state, next);
  }
}
