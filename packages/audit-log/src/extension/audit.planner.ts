import { createContext, currentContext, type RequestContext, TenantContextMissingError } from '@nestarc/core';
import type { OperationPlan, OperationPlanner, PlannedOperation } from '@nestarc/prisma';
import { reportAuditError } from '../context/audit-report';
import { auditStateOf, settledPatch } from '../context/audit-state';
import type { AuditAttachment } from './audit-attachment';
import { checkAheadOf } from './installation.check';

/** What writes, beside raw SQL. */
const MODEL_WRITES: ReadonlySet<string> = new Set([
  'create',
  'createMany',
  'createManyAndReturn',
  'update',
  'updateMany',
  'updateManyAndReturn',
  'upsert',
  'delete',
  'deleteMany',
]);

/**
 * Makes the planner of an audited client. It captures nothing: it has the database looked at before the first write, and asks
 * who acts where a guard writes before that is settled.
 *
 * @param attachment - how the client is audited
 */
export function auditPlanner(attachment: AuditAttachment): OperationPlanner {
  return (operation) => {
    const { model, action } = operation;
    if (model === undefined) return isRawWrite(action) ? planOfUnsettled() : undefined;
    if (!MODEL_WRITES.has(action)) return undefined;
    if (attachment.options.tenantRequired) requireTenant(attachment, operation);
    return checkAheadOf(attachment, planOfUnsettled());
  };
}

/** For clients without the extension, which carry manual entries. */
export const settlingPlanner: OperationPlanner = ({ model, action }) =>
  (model === undefined ? isRawWrite(action) : MODEL_WRITES.has(action)) ? planOfUnsettled() : undefined;

/** Raw SQL may write whatever it is called. */
const isRawWrite = (action: string): boolean => action === 'executeRaw' || action === 'queryRaw';

function planOfUnsettled(): OperationPlan | undefined {
  const context = currentContext();
  const settled = context === undefined ? undefined : settledContext(context);
  return settled === undefined ? undefined : { context: settled };
}

/** Not kept: a guard that comes later may know more. */
function settledContext(context: RequestContext): RequestContext | undefined {
  const state = auditStateOf(context);
  const actor = state?.source?.now();
  if (state === undefined || actor == null) return undefined;
  return createContext({ ...context, ...settledPatch(context, { ...state, actor }) });
}

function requireTenant({ options, tracked }: AuditAttachment, { model, action }: PlannedOperation): void {
  const context = currentContext();
  if (context?.tenantId !== undefined || context?.mode === 'bypass' || !tracked.has(model ?? '')) return;
  const error = new TenantContextMissingError();
  reportAuditError(options, error, { phase: 'tenant-resolution', model, operation: action });
  throw error;
}
