import type { SoftDeleteSchema } from '../model/soft-delete-schema';
import type { ResolvedSoftDeleteSqlOptions } from './soft-delete-sql.options';

/** Something that the database needs. */
export interface InstallItem {
  /** What it is, in words that fit a comment and a message. */
  readonly title: string;
  /** SQL that makes it, however often it is run. */
  readonly sql: string;
  /** How its absence is told at boot; `undefined` for what rows are right without. */
  readonly probe: InstallProbe | undefined;
}

/** What is looked for in the catalogs. */
export interface InstallProbe {
  /** Which catalog. */
  readonly kind: 'column' | 'trigger' | 'policy';
  /** The table it belongs to, quoted and qualified. */
  readonly table: string;
  /** Its name. */
  readonly name: string;
  /** Its comment, which tells its definition from earlier ones; none for a column. */
  readonly stamp: string | undefined;
}

/** What items are made for. */
export interface InstallTarget {
  /** The models and the relations that cascade. */
  readonly schema: SoftDeleteSchema;
  /** Which parts, and how. */
  readonly options: ResolvedSoftDeleteSqlOptions;
}
