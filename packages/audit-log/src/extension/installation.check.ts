import { currentContext, runWithContext } from '@nestarc/core';
import { sql, type SqlFragment } from '@nestarc/postgres';
import type { OperationPlan, OperationTransaction } from '@nestarc/prisma';
import { assertInstallation } from '../install/assert-audit-installed';
import type { SqlTarget } from '../table/sql-target';
import type { AuditAttachment } from './audit-attachment';

const passed = new WeakSet<AuditAttachment>();

/**
 * Looks at the database, unless that has been done.
 *
 * @param attachment - how the client is audited
 * @param target - runs SQL
 * @throws AuditNotInstalledError naming every difference, with the SQL that mends them; the next call looks again
 */
export async function checkInstallation(attachment: AuditAttachment, target: SqlTarget): Promise<void> {
  if (passed.has(attachment)) return;
  await assertInstallation(target, attachment.metadata, attachment.options.sql);
  passed.add(attachment);
}

/**
 * Puts the check ahead of an operation, until it has passed once.
 *
 * @param attachment - how the client is audited
 * @param plan - the plan of the operation
 */
export function checkAheadOf(attachment: AuditAttachment, plan: OperationPlan | undefined): OperationPlan | undefined {
  if (passed.has(attachment)) return plan;
  return { ...plan, before: (tx) => checkInstallation(attachment, targetOf(tx)) };
}

/** In the context of the operation: a transaction has one tenant, and the catalog is the same for all. */
function targetOf(tx: OperationTransaction): SqlTarget {
  const context = currentContext();
  return {
    query: async (text: string) => ({ rows: await runWithContext(context, () => tx.query(asFragment(text))) }),
  };
}

const asFragment = (text: string): SqlFragment => sql(Object.assign([text], { raw: [text] }));
