import { assertProtectedJoinTables, assertRestrictedRole, type RoleCheckTarget } from '@nestarc/postgres';
import type { RuntimeDataModel } from './client-internals';

/** What is looked at before a client uses a database. */
export interface DatabaseCheck {
  /** Tells checks apart that refuse different things. */
  readonly name: string;
  /**
   * Looks at the database.
   *
   * @param target - runs the statements
   */
  readonly run: (target: RoleCheckTarget) => Promise<void>;
}

/** Which checks are left out. */
export interface DatabaseCheckOptions {
  /** Lets a role through that row-level security does not hold for. */
  readonly dangerouslyAllowPrivilegedRole: boolean;
  /** Lets tables of many-to-many relations through that row-level security does not hold for. */
  readonly dangerouslyAllowUnprotectedJoinTables: boolean;
}

/**
 * Makes the check of a client's database.
 *
 * @param dataModel - the client's data model
 * @param options - see {@link DatabaseCheckOptions}
 */
export function databaseCheck(dataModel: RuntimeDataModel, options: DatabaseCheckOptions): DatabaseCheck {
  const checksRole = !options.dangerouslyAllowPrivilegedRole;
  // A role above row-level security sees every link anyway.
  const checksJoinTables = checksRole && !options.dangerouslyAllowUnprotectedJoinTables;
  return {
    name: JSON.stringify([checksRole, checksJoinTables]),
    run: async (target) => {
      if (checksRole) await assertRestrictedRole(target);
      if (checksJoinTables) await assertProtectedJoinTables(target, joinTablesOf(dataModel));
    },
  };
}

/** The data model does not tell implicit many-to-many relations from others: all their tables are looked for. */
function joinTablesOf({ models }: RuntimeDataModel): readonly string[] {
  const relations = Object.values(models).flatMap(({ fields }) => fields.flatMap((field) => field.relationName ?? []));
  return [...new Set(relations)].map((relation) => `_${relation}`);
}
