import { resolveWireSettings, type SqlFragment, type WireSettings } from '@nestarc/postgres';
import { isAttached, requireContext, transactionClient } from '@nestarc/prisma';
import type { ResolvedAuditServiceOptions } from '../options/audit-service.options';

interface RawClient {
  $queryRawUnsafe(text: string, ...values: readonly unknown[]): PromiseLike<unknown>;
}

/**
 * Runs the statements of this package on a Prisma client: in the transaction that the caller hands over, else in the ambient one
 * of a `TransactionHost` or of the `$transaction(callback)` whose callback is running, else on their own.
 */
export class AuditDatabase {
  /** @param client - a Prisma client, extended or not */
  constructor(readonly client: object) {
    transactionClient(client);
  }

  /**
   * Runs a statement.
   *
   * @param statement - the statement; answers with one column `answer`, JSON as text
   * @param tx - client of the transaction to run it in. Defaults to the one that runs here
   * @returns what the column of the first row holds
   */
  async answer<T>(statement: SqlFragment, tx: object = this.#here()): Promise<T> {
    const rows = await (tx as RawClient).$queryRawUnsafe(statement.text, ...statement.values);
    const [row] = rows as readonly { readonly answer: string | null }[];
    return JSON.parse(row?.answer ?? 'null') as T;
  }

  #here(): object {
    return transactionClient(this.client) ?? this.client;
  }
}

/**
 * Makes the statements of a client carry the context, where nobody else has seen to that, and runs those of this package on it.
 *
 * @param client - a Prisma client, extended or not
 * @param options - names of the settings
 */
export function databaseOf(client: object, { settings }: Pick<ResolvedAuditServiceOptions, 'settings'>): AuditDatabase {
  const defaults = resolveWireSettings();
  const names = Object.keys(defaults) as (keyof WireSettings)[];
  const own = names.filter((name) => settings[name] !== defaults[name]).map((name) => [name, settings[name]]);
  if (!isAttached(client)) {
    const renamed = own.length === 0 ? {} : { settings: Object.fromEntries(own) as Partial<WireSettings> };
    requireContext(client, { ...renamed, dangerouslyAllowUnprotectedJoinTables: true });
  }
  return new AuditDatabase(client);
}
