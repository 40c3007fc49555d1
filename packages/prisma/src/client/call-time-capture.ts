import { currentContext, runWithContext } from '@nestarc/core';
import type { ClientInternals } from './client-internals';

const capturing = new WeakSet<ClientInternals>();

/**
 * Makes operations run in the context they were *called* in. Prisma's promises are lazy: without this, the context of the
 * `await` would win, and `runAs(b, () => prisma.user.findMany())` would read the tenant of whoever awaits the result.
 * Doing so again changes nothing.
 *
 * @param client - internals of the client
 */
export function captureContextAtCall(client: ClientInternals): void {
  if (capturing.has(client)) return;
  capturing.add(client);
  const create = client._createPrismaPromise;
  client._createPrismaPromise = (run, ...description) => {
    const called = currentContext();
    return create(
      (transaction) =>
        currentContext() === called ? run(transaction) : runWithContext(called, () => run(transaction)),
      ...description,
    );
  };
}
