import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { wsEdge } from '../edge/ws.edge';
import { TenancyGuard } from '../http/tenancy.guard';
import { rememberedContext } from './execution-contexts';
import { findConnection } from './socket-connection';

/** The transports that the application's global guards do not reach, or not in every setup. */
const OUTSIDE: ReadonlySet<string> = new Set(['ws', 'rpc']);

/**
 * Stands before the handlers that global guards do not reach: those of gateways, in Nest 10 and 11, and those of
 * microservices that an HTTP application connects without `inheritAppConfig`.
 */
@Injectable()
export class TransportGuard implements CanActivate {
  constructor(private readonly guard: TenancyGuard) {}

  /**
   * Admits or refuses what Nest is about to run. Requests over HTTP, and what a global guard has admitted, pass.
   *
   * @param execution - what Nest is about to run
   * @throws WsException or RpcException with the code of what is wrong
   */
  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const type: string = execution.getType();
    if (!OUTSIDE.has(type)) return true;
    if (type === 'ws') await this.#awaitConnection(execution);
    return rememberedContext(execution) !== undefined || this.guard.canActivate(execution);
  }

  /** A message may be there before its connection has been decided about. */
  async #awaitConnection(execution: ExecutionContext): Promise<void> {
    // Where it is not known, the guard refuses what needs it.
    const connection = findConnection(execution.switchToWs().getClient());
    if (connection?.settled !== undefined) await connection.settled;
    if (connection?.refusal !== undefined) throw wsEdge.refusal(connection.refusal.error, execution);
  }
}
