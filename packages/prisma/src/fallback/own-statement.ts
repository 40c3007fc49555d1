import type { ClientInternals, ExecuteRequest, OperationRequest, TransactionInfo } from '../client/client-internals';

/** Runs a statement of ours on a client: beneath its hooks and extensions, which are meant for the user's operations. */
export type OwnStatement = (
  action: 'executeRaw' | 'queryRaw',
  text: string,
  values: readonly string[],
  transaction: TransactionInfo | undefined,
) => Promise<unknown>;

/**
 * Makes the function that runs our own statements on a client.
 *
 * @param client - internals of the client
 * @param execute - what sends an operation, as it was before anything was put around it
 */
export function ownStatements(client: ClientInternals, execute: ExecuteRequest): OwnStatement {
  return (action, text, values, transaction) => {
    // As Prisma itself describes `$executeRawUnsafe(text, …values)`, with the values serialised already.
    const parameters = { values: JSON.stringify(values), __prismaRawParameters__: true };
    const clientMethod = action === 'executeRaw' ? '$executeRawUnsafe' : '$queryRawUnsafe';
    const request = { action, args: { query: text, parameters }, clientMethod, dataPath: [], transaction };
    return execute.call(client, request satisfies OperationRequest);
  };
}
