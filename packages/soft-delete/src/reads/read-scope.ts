import type { SoftDeleteSchema } from '../model/soft-delete-schema';
import type { Enforcement, DeletedToOne } from '../options/soft-delete.options';
import type { Visibility } from '../visibility/visibility';

/** What the rewriting of one operation goes by, and what it finds out. */
export interface ReadScope {
  /** The models whose rows are deleted softly, and everything else about the schema. */
  readonly schema: SoftDeleteSchema;
  /** What the caller said about deleted rows. */
  readonly visibility: Visibility;
  /** What the user decided for the client. */
  readonly options: {
    /** What a required to-one relation to a deleted row gives. */
    readonly deletedToOne: DeletedToOne;
    /** Who keeps deleted rows out of sight. */
    readonly enforcement: Enforcement;
  };
  /** The client's option `omit`: fields left out by default, by model with a small first letter. */
  readonly globalOmit?: Readonly<Record<string, Readonly<Record<string, boolean>> | undefined>> | undefined;
  /** Filled in: the models whose deleted rows the statement has to be able to see. */
  readonly opened: Set<string>;
}
