import { createContext, isNestarcError, runWithContext } from '@nestarc/core';
import { TenantRequiredError } from '../errors/tenant-required.error';
import type { TenantResolution } from '../resolution/resolution';
import type { TenantResolver } from '../resolution/tenant-resolver';
import { answerOf, type RefusalAnswer } from './refusal-answer';
import { refuseClient } from './socket-client';
import type { SocketConnection } from './socket-connection';

/** How long a connection that says nothing is taken for what it was verified to be. */
export const TRUSTED_MS = 60_000;

type Work = () => void;

/** Verifies connections once more that have said nothing for a while: tokens expire, and members leave. */
export class ConnectionVerifier {
  /** What waits for a connection to be verified, in order. */
  readonly #waiting = new WeakMap<SocketConnection, Work[]>();

  constructor(private readonly resolver: TenantResolver) {}

  /**
   * Does something for a connection if it still belongs to its tenant: at once where that was verified lately, and otherwise
   * once it is. One that does not any more is ended. Where it cannot be told, nothing is done this time.
   *
   * @param connection - the connection
   * @param tenantId - the tenant
   * @param work - what is done
   */
  whileOf(connection: SocketConnection, tenantId: string, work: Work): void {
    const waiting = this.#waiting.get(connection);
    if (waiting !== undefined) waiting.push(work);
    else if (performance.now() - connection.verifiedAt < TRUSTED_MS) work();
    else {
      this.#waiting.set(connection, [work]);
      void this.#verify(connection, tenantId);
    }
  }

  async #verify(connection: SocketConnection, tenantId: string): Promise<void> {
    const isVerified = await this.#isStillOf(connection, tenantId);
    const waiting = this.#waiting.get(connection) ?? [];
    this.#waiting.delete(connection);
    if (isVerified) waiting.forEach((work) => work());
  }

  async #isStillOf(connection: SocketConnection, tenantId: string): Promise<boolean> {
    let resolution: TenantResolution;
    try {
      // Whoever broadcasts may do so for another tenant, or another user.
      resolution = await runWithContext(createContext(), async () => this.resolver.resolve(connection.request));
    } catch {
      return false;
    }
    if (resolution.kind === 'resolved' && resolution.tenantId === tenantId) {
      connection.join(resolution.tenantId);
      return true;
    }
    const error = resolution.kind === 'resolved' ? new TenantRequiredError() : resolution.error;
    // An outage of whatever verifies is nobody's fault.
    if (isNestarcError(error) && error.status < 500) end(connection, answerOf(error));
    return false;
  }
}

function end(connection: SocketConnection, answer: RefusalAnswer): void {
  connection.leave();
  if (connection.needsTenant) refuseClient(connection.client, answer);
}
