import { isDirect } from '../operation/direct-operations';
import type { ClientInternals } from './client-internals';
import { setOuterLayer } from './outer-layers';

/** An operation that is about to run. */
export interface Operation {
  /** Name of the model, as the schema spells it; absent for raw SQL. */
  readonly model: string | undefined;
  /** Name of the operation, such as `findMany`, `count` or `$queryRaw`. */
  readonly operation: string;
  /** Arguments of the call; not to be changed. */
  readonly args: unknown;
}

/**
 * Stands around an operation, in the context it was called in.
 *
 * @param operation - the operation
 * @param run - runs it with the given arguments
 * @returns what `run` returned
 * @throws to refuse the operation; nothing is sent then, and the caller's promise is rejected
 */
export type OperationHook = (operation: Operation, run: (args: unknown) => Promise<unknown>) => Promise<unknown>;

/**
 * Puts a hook around every operation of a client, model calls and raw SQL alike.
 *
 * Prisma's own way to do so is a query extension. With any extension in place Prisma 7.10 walks through every row of every
 * result, copies the arguments and makes a second lazy promise: a list of 20 rows took 30 % more of the processor's time.
 *
 * @param client - internals of the client
 * @param hook - the hook
 */
export function hookOperations(client: ClientInternals, hook: OperationHook): void {
  setOuterLayer(client, 'hook', {
    _executeRequest: (execute) =>
      function (request) {
        const { model, clientMethod, args, transaction } = request;
        // A step of a plan is no operation of the user; the one it belongs to has been here.
        if (transaction !== undefined && isDirect(transaction)) return execute.call(this, request);
        const operation = clientMethod.slice(clientMethod.lastIndexOf('.') + 1);
        return hook({ model, operation, args }, (used) =>
          execute.call(this, used === args ? request : { ...request, args: used }),
        );
      },
  });
}
