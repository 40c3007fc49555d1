import { currentContext, runWithContext } from '@nestarc/core';
import { sql, type SqlFragment } from '@nestarc/postgres';
import type { OperationPlan, OperationTransaction } from '@nestarc/prisma';
import type { SoftDeleteSchema } from '../model/soft-delete-schema';
import { assertSoftDeleteInstalled } from '../sql/soft-delete-installed.check';
import { resolveSoftDeleteSqlOptions } from '../sql/soft-delete-sql.options';

/** Makes sure, ahead of the first operation, that the database keeps deleted rows out of sight where it was asked to. */
export class InstallationCheck {
  #hasPassed = false;

  /** @param schema - what has to be there */
  constructor(private readonly schema: SoftDeleteSchema) {}

  /**
   * Puts the check ahead of an operation, until it has passed once.
   *
   * @param plan - the plan of the operation
   */
  aheadOf(plan: OperationPlan | undefined): OperationPlan | undefined {
    if (this.#hasPassed) return plan;
    return {
      ...plan,
      before: async (tx) => {
        await this.run((statement) => tx.query(statement));
        await plan?.before?.(tx);
      },
    };
  }

  /**
   * Looks at the database.
   *
   * @param query - runs a statement
   * @throws SoftDeleteNotInstalledError naming what is missing, with the SQL that makes it
   */
  async run(query: OperationTransaction['query']): Promise<void> {
    const context = currentContext();
    const options = resolveSoftDeleteSqlOptions({ indexes: false, uniqueAmongActive: false }, 'database');
    // In the context of the operation: a transaction has one tenant, and the catalog is the same for all.
    const target = {
      query: async (text: string): Promise<{ rows: readonly unknown[] }> => ({
        rows: await runWithContext(context, () => query(asFragment(text))),
      }),
    };
    await assertSoftDeleteInstalled(target, { schema: this.schema, options });
    this.#hasPassed = true;
  }
}

const asFragment = (text: string): SqlFragment => sql(Object.assign([text], { raw: [text] }));
