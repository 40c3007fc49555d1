import { resolveOptions } from '@nestarc/core';
import { isAttached, type IsolationLevel } from '@nestarc/prisma';
import { z } from 'zod';
import type { TenancyService } from '../service/tenancy.service';
import { settingKey } from '../setting-key';

/** What the callback of an interactive transaction is given, as far as this package needs it. */
export interface PrismaTransactionClient {
  /**
   * Runs SQL.
   *
   * @param query - the text around the values
   * @param values - the values
   */
  $executeRaw(query: TemplateStringsArray, ...values: unknown[]): PromiseLike<number>;
}

/** A Prisma client, as far as this package needs it. */
export interface PrismaTransactionContext<Tx extends PrismaTransactionClient> {
  /**
   * Runs a callback in an interactive transaction.
   *
   * @param callback - the callback
   * @param options - limits and isolation level
   */
  $transaction<T>(callback: (tx: Tx) => Promise<T>, options?: PrismaTransactionLimits): Promise<T>;
}

/** Prisma's own options of a transaction. */
export interface PrismaTransactionLimits {
  /** How long the transaction may wait for a connection, in milliseconds. */
  readonly maxWait?: number;
  /** How long the transaction may take, in milliseconds. */
  readonly timeout?: number;
  /** How far PostgreSQL keeps concurrent transactions apart. */
  readonly isolationLevel?: IsolationLevel;
}

/** Options of {@link tenancyTransaction}. */
export interface TenancyTransactionOptions extends PrismaTransactionLimits {
  /** PostgreSQL setting that carries the tenant id, for a client without the extension. Defaults to that of the module. */
  readonly dbSettingKey?: string;
}

const schema = z.looseObject({ dbSettingKey: settingKey.optional() });

/**
 * Runs a callback in an interactive transaction of the current tenant. With a client that has the extension it is the same
 * as `client.$transaction(callback)`, which carries the tenant by itself; a client without it is given the tenant as the
 * first statement.
 *
 * @param prisma - the client, with or without the extension
 * @param tenancyService - the service of `TenancyModule`
 * @param callback - the work; what it throws rolls the transaction back
 * @param options - see {@link TenancyTransactionOptions}
 * @returns what the callback returned
 * @throws TenantContextMissingError when there is no tenant; nothing was sent
 * @throws InvalidOptionsError for a setting that cannot be one
 */
export async function tenancyTransaction<T, Tx extends PrismaTransactionClient>(
  prisma: PrismaTransactionContext<Tx>,
  tenancyService: TenancyService,
  callback: (tx: Tx) => Promise<T>,
  options: TenancyTransactionOptions = {},
): Promise<T> {
  const tenantId = tenancyService.getCurrentTenantOrThrow();
  const { dbSettingKey = tenancyService.options.dbSettingKey } = resolveOptions('tenancyTransaction', schema, options);
  const { dbSettingKey: _ours, ...limits } = options;
  const scoped = isAttached(prisma);
  return prisma.$transaction(async (tx) => {
    if (!scoped) await tx.$executeRaw`SELECT set_config(${dbSettingKey}, ${tenantId}, true)`;
    return callback(tx);
  }, limits);
}
