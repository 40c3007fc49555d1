import { createContext, currentContext, runWithContext } from '@nestarc/core';
import { settingsStatement, settingValues, sql, type SqlFragment } from '@nestarc/postgres';
import { isAttached } from '@nestarc/prisma';
import { AuditPruneForbiddenError } from '../errors/audit-prune.errors';
import type { AuditSettings } from '../options/audit-sql.options';
import { typed } from '../service/value.sql';

interface TransactionClient {
  $queryRawUnsafe(text: string, ...values: readonly unknown[]): unknown;
  $transaction(members: readonly unknown[]): Promise<readonly unknown[]>;
}

/** How long a step may take. */
export interface StepLimits {
  /** Milliseconds for a lock. */
  readonly lockMs: number;
  /** Milliseconds in all. */
  readonly totalMs: number;
}

/**
 * Runs the steps of pruning, each in a transaction of its own. The owner of tables is above row-level security, and what attaches
 * clients to the context refuses such roles: so who prunes is said here, ahead of each step.
 */
export class PruneDatabase {
  readonly #client: TransactionClient;

  /**
   * @param client - a Prisma client
   * @param settings - names of the settings
   */
  constructor(
    client: object,
    private readonly settings: AuditSettings,
  ) {
    this.#client = client as TransactionClient;
  }

  /**
   * Runs a step.
   *
   * @param statement - answers with one column `answer`, JSON as text
   * @param limits - how long it may take
   * @throws AuditPruneForbiddenError when the role may not
   */
  async answer<T>(statement: SqlFragment, { lockMs, totalMs }: StepLimits): Promise<T> {
    const context = createContext({ ...currentContext(), mode: 'bypass' });
    const limits = sql`SELECT pg_catalog.set_config('lock_timeout', ${typed.text(String(lockMs))}, true),
      pg_catalog.set_config('statement_timeout', ${typed.text(String(Math.max(1, totalMs)))}, true)`;
    const all = [limits, statement].map(({ text, values }) => [text, values] as const);
    const given = [settingsStatement(this.settings), settingValues(context, undefined)] as const;
    const members = isAttached(this.#client) ? all : [given, ...all];
    try {
      const results = await runWithContext(context, () =>
        this.#client.$transaction(members.map(([text, values]) => this.#client.$queryRawUnsafe(text, ...values))),
      );
      const [row] = results.at(-1) as readonly { readonly answer: string | null }[];
      return JSON.parse(row?.answer ?? 'null') as T;
    } catch (error) {
      throw isForbidden(error) ? new AuditPruneForbiddenError(error) : error;
    }
  }
}

interface Failure {
  readonly sqlState?: unknown;
  readonly message?: unknown;
  readonly meta?: { readonly code?: unknown };
}

function isForbidden(error: unknown): boolean {
  const { sqlState, meta, message } = (error ?? {}) as Failure;
  return sqlState === '42501' || meta?.code === '42501' || /Code: `42501`/.test(String(message));
}
