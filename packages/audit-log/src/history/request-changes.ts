import { resolveOptions } from '@nestarc/core';
import { sql } from '@nestarc/postgres';
import { z } from 'zod';
import type { AuditEntry } from '../query/audit-entry';
import type { AuditReader } from '../query/audit-reader';
import { ENTRY, entryOf, type EntryRow } from '../query/entry.columns';
import { all, type AuditEntryFilter, filterConditions } from '../query/entry.filter';
import { filterShape, scopeShape } from '../query/filter.schema';
import type { FieldNames } from '../query/field-names';
import type { AuditReadScope } from '../query/read-scope';
import { typed } from '../service/value.sql';

/** Which requests are listed. */
export interface AuditRequestsOptions extends AuditEntryFilter, AuditReadScope {
  /** How many requests at most, up to 1000. Defaults to 50. */
  readonly limit?: number | undefined;
}

/** What was recorded in a request. */
export interface AuditRequest {
  /** Its id. */
  readonly requestId: string;
  /** Who acted. */
  readonly actorId: string | null;
  /** When its first entry was made. */
  readonly from: Date;
  /** When its last entry was made. */
  readonly to: Date;
  /** How many entries it has. */
  readonly entries: number;
  /** What was done, each action once. */
  readonly actions: readonly string[];
}

const schema = z.strictObject({ ...filterShape, ...scopeShape, limit: z.int().min(1).max(1000).default(50) });

/** Checked options of a list of requests. */
export interface ResolvedRequestsOptions extends AuditEntryFilter, AuditReadScope {
  readonly limit: number;
}

/**
 * Validates the options of a list of requests.
 *
 * @param owner - what was called
 * @param options - what the caller passed
 * @throws InvalidOptionsError naming the path of every refused option
 */
export const resolveRequestsOptions = (owner: string, options: AuditRequestsOptions): ResolvedRequestsOptions =>
  resolveOptions(owner, schema, options);

/**
 * Lists requests, newest first.
 *
 * @param reader - the reading
 * @param options - which
 */
export async function listRequests(reader: AuditReader, options: ResolvedRequestsOptions): Promise<AuditRequest[]> {
  const conditions = [reader.where, ...filterConditions(options), sql`e.request_id IS NOT NULL`];
  const groups = await reader.answer<
    readonly (Omit<AuditRequest, 'from' | 'to'> & { readonly from: string; readonly to: string })[]
  >(sql`SELECT COALESCE(pg_catalog.json_agg(g), '[]')::text AS answer FROM (
    SELECT e.request_id AS "requestId", pg_catalog.min(e.actor_id) AS "actorId", pg_catalog.min(e.created_at) AS "from",
           pg_catalog.max(e.created_at) AS "to", pg_catalog.count(*) AS entries, pg_catalog.array_agg(DISTINCT e.action) AS actions
      FROM ${reader.from} e WHERE ${all(conditions)}
     GROUP BY e.request_id ORDER BY 4 DESC, 1 LIMIT ${typed.bigint(options.limit)}) g`);
  return groups.map((group) => ({ ...group, from: new Date(group.from), to: new Date(group.to) }));
}

/**
 * Reads the entries of a request in the order of what was done.
 *
 * @param reader - the reading
 * @param requestId - the request
 * @param names - names of fields
 */
export async function readRequest(reader: AuditReader, requestId: string, names: FieldNames): Promise<AuditEntry[]> {
  const rows = await reader.answer<readonly EntryRow[]>(
    sql`SELECT COALESCE(pg_catalog.json_agg(${ENTRY} ORDER BY e.settled, e.seq), '[]')::text AS answer FROM (
      SELECT e.*, pg_catalog.max(e.created_at) OVER (PARTITION BY e.xid) AS settled FROM ${reader.from} e
       WHERE ${all([reader.where, sql`e.request_id = ${typed.text(requestId)}`])}) e`,
  );
  return rows.map((row) => entryOf(row, names));
}
