import { sql, type SqlFragment } from '@nestarc/postgres';

/**
 * Values travel as text and are cast by PostgreSQL: every driver sends text, none sends xid8, and numbers lose nothing.
 */
export const typed = Object.freeze({
  /** A text. */
  text: (value: string | null): SqlFragment => sql`${value}::text`,
  /** A list of texts. */
  texts: (values: readonly string[]): SqlFragment =>
    sql`ARRAY(SELECT pg_catalog.jsonb_array_elements_text(${JSON.stringify(values)}::text::jsonb))`,
  /** JSON. */
  json: (value: unknown): SqlFragment => sql`${value === null ? null : JSON.stringify(value)}::text::jsonb`,
  /** A whole number. */
  bigint: (value: bigint | number | string): SqlFragment => sql`${String(value)}::text::bigint`,
  /** The number of a transaction. */
  xid: (value: string): SqlFragment => sql`${value}::text::xid8`,
  /** A point in time. */
  time: (value: Date | string): SqlFragment =>
    sql`${typeof value === 'string' ? value : value.toISOString()}::text::timestamptz`,
  /** A UUID. */
  uuid: (value: string): SqlFragment => sql`${value}::text::uuid`,
});
