import { resolveOptions } from '@nestarc/core';
import { z } from 'zod';
import type { Enforcement } from '../options/soft-delete.options';

/** Options of `softDeleteSql`: its parts can be left out one by one. */
export interface SoftDeleteSqlOptions {
  /** Whether columns that are missing are added. Defaults to true. */
  readonly columns?: boolean | undefined;
  /** Whether deleted rows, and the children of a row, are found by an index. Defaults to true. */
  readonly indexes?: boolean | undefined;
  /**
   * Whether unique keys count among active rows only, so that a deleted row's e-mail can be used again. Replaces the full unique
   * indexes; not primary keys or what stands for one, keys that a foreign key refers to, and, without policies, foreign keys of
   * one-to-one relations. Defaults to true.
   */
  readonly uniqueAmongActive?: boolean | undefined;
  /** Whether new and moved children of deleted rows are refused. Defaults to true. */
  readonly guards?: boolean | undefined;
  /** Whether deleted rows are hidden by row-level security. Defaults to true with `enforcement: 'database'`, else to false. */
  readonly policies?: boolean | undefined;
  /**
   * For tables that nothing else keeps apart by row-level security: lets every role with privileges have the rows that are not
   * hidden. Refused for tables with permissive policies, which it would undo. Defaults to false, which wants such policies there.
   */
  readonly standalone?: boolean | undefined;
  /** PostgreSQL schema of models without `@@schema`. Defaults to `public`. */
  readonly schema?: string | undefined;
}

/** The options with their defaults. */
export interface ResolvedSoftDeleteSqlOptions {
  /** Adds columns. */
  readonly columns: boolean;
  /** Adds indexes. */
  readonly indexes: boolean;
  /** Has unique keys count among active rows only. */
  readonly uniqueAmongActive: boolean;
  /** Refuses new children of deleted rows. */
  readonly guards: boolean;
  /** Hides deleted rows. */
  readonly policies: boolean;
  /** Lets every role have what is not hidden. */
  readonly standalone: boolean;
  /** PostgreSQL schema of models without one. */
  readonly schema: string;
}

const shape = z.strictObject({
  columns: z.boolean().default(true),
  indexes: z.boolean().default(true),
  uniqueAmongActive: z.boolean().default(true),
  guards: z.boolean().default(true),
  policies: z.boolean().optional(),
  standalone: z.boolean().default(false),
  schema: z.string().min(1).max(63).default('public'),
});

/**
 * Validates the options and fills in the defaults.
 *
 * @param options - what the user passed
 * @param enforcement - who keeps deleted rows out of sight
 * @throws InvalidOptionsError naming the path of every refused option
 */
export function resolveSoftDeleteSqlOptions(
  options: SoftDeleteSqlOptions,
  enforcement: Enforcement,
): ResolvedSoftDeleteSqlOptions {
  const resolved = resolveOptions('softDeleteSql', shape, options);
  return { ...resolved, policies: resolved.policies ?? enforcement === 'database' };
}
