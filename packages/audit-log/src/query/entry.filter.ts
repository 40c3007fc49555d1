import { joinSql, sql, type SqlFragment } from '@nestarc/postgres';
import { typed } from '../service/value.sql';

/** Which entries are asked for. */
export interface AuditEntryFilter {
  /** Who did it. */
  readonly actorId?: string | undefined;
  /** What kind of actor did it. */
  readonly actorType?: string | undefined;
  /** What was done; `*` stands for any text: `User.*`. */
  readonly action?: string | undefined;
  /** Model that it was done to. */
  readonly targetType?: string | undefined;
  /** Primary key of the row, as text. */
  readonly targetId?: string | undefined;
  /** Who wrote the entry. */
  readonly source?: 'auto' | 'manual' | undefined;
  /** How it went. */
  readonly result?: 'success' | 'failure' | undefined;
  /** The request that it was done in. */
  readonly requestId?: string | undefined;
  /** Not before. */
  readonly from?: Date | undefined;
  /** Not after. */
  readonly to?: Date | undefined;
}

/**
 * The conditions of a filter, over the table `e`.
 *
 * @param filter - which entries
 */
export function filterConditions(filter: AuditEntryFilter): SqlFragment[] {
  const equal: readonly (readonly [SqlFragment, string | undefined])[] = [
    [sql`e.actor_id`, filter.actorId],
    [sql`e.actor_type`, filter.actorType],
    [sql`e.target_type`, filter.targetType],
    [sql`e.target_id`, filter.targetId],
    [sql`e.source`, filter.source],
    [sql`e.result`, filter.result],
    [sql`e.request_id`, filter.requestId],
  ];
  return [
    ...equal.flatMap(([column, value]) => (value === undefined ? [] : [sql`${column} = ${typed.text(value)}`])),
    ...(filter.action === undefined ? [] : actionConditions(filter.action)),
    ...(filter.from === undefined ? [] : [sql`e.created_at >= ${typed.time(filter.from)}`]),
    ...(filter.to === undefined ? [] : [sql`e.created_at <= ${typed.time(filter.to)}`]),
  ];
}

/**
 * Joins conditions by AND.
 *
 * @param conditions - at least one
 */
export const all = (conditions: readonly SqlFragment[]): SqlFragment => joinSql(conditions, sql` AND `);

/**
 * A pattern that begins with a text is also a range of it: behind row-level security PostgreSQL does not look into an index by
 * LIKE, which could tell what it sees, but does so by comparison.
 */
function actionConditions(action: string): SqlFragment[] {
  const [stem = '', ...rest] = action.split('*');
  if (rest.length === 0) return [sql`e.action = ${typed.text(action)}`];
  const pattern = action.replace(/[\\%_]/g, '\\$&').replaceAll('*', '%');
  const like = sql`e.action LIKE ${typed.text(pattern)}`;
  if (stem === '') return [like];
  const after = sql`${typed.text(stem)} || pg_catalog.chr(1114111)`;
  return [sql`e.action ~>=~ ${typed.text(stem)}`, sql`e.action ~<=~ (${after})`, like];
}
