import { sql } from '@nestarc/postgres';
import type { AuditDatabase } from '../service/audit-database';

/** How far entries in their order are behind the present, and what holds them up. */
export interface AuditLag {
  /** Milliseconds since the oldest transaction that is still writing, and that the role is told of, began; 0 without one. */
  readonly lagMs: number;
  /** Transactions since the oldest one that is still writing; their entries wait for it. */
  readonly transactions: number;
}

/**
 * Measures how long the oldest transaction holds up the entries that come after it. Those of all databases of the server count.
 *
 * PostgreSQL tells a role how old transactions of its own are; those of others only where it is a member of `pg_read_all_stats`.
 * How many wait is known in any case.
 *
 * @param database - where
 */
export function readLag(database: AuditDatabase): Promise<AuditLag> {
  return database.answer(sql`SELECT pg_catalog.json_build_object(
    'lagMs', COALESCE((SELECT pg_catalog.floor(EXTRACT(EPOCH FROM pg_catalog.clock_timestamp() - pg_catalog.min(a.xact_start)) * 1000)
      FROM pg_catalog.pg_stat_activity a WHERE a.backend_xid IS NOT NULL AND a.pid <> pg_catalog.pg_backend_pid()), 0),
    'transactions', (pg_catalog.pg_snapshot_xmax(s.now)::text::bigint - pg_catalog.pg_snapshot_xmin(s.now)::text::bigint))::text AS answer
    FROM (SELECT pg_catalog.pg_current_snapshot() AS now) s`);
}
