import { currentContext, runWithContext, withSettings, type RequestContext } from '@nestarc/core';
import { sql } from '@nestarc/postgres';
import { transactionClient, TransactionHost } from '@nestarc/prisma';
import { AuditRevertConflictError } from '../errors/audit-revert.errors';
import type { AuditSources } from '../query/reader-of';
import { readerOf } from '../query/reader-of';
import { auditTableOf } from '../options/audit-service-options.schema';
import { manualEntry } from '../service/manual-entry';
import { type AuditRevertOptions, type AuditRevertResult, resolveRevertOptions } from './revert.options';
import { RevertRun } from './revert.run';
import type { RevertTables } from './revert.table';

const OWNER = 'AuditService.revert()';

/** By this setting a statement sees rows that were deleted softly, where policies hide them; elsewhere it means nothing. */
const DELETED_ROWS = Object.freeze({ 'app.deleted_rows': '*' });

/**
 * Undoes what a request changed, in one transaction.
 *
 * @param sources - the databases
 * @param tables - the tables of the schema
 * @param request - which request, and how
 */
export async function revertRequest(
  sources: AuditSources,
  tables: () => RevertTables,
  request: { readonly requestId: string; readonly options: AuditRevertOptions },
): Promise<AuditRevertResult> {
  const { requestId, reason, timeoutMs } = resolveRevertOptions(OWNER, request.requestId, request.options);
  const { own, options } = sources;
  const context = contextOf(options.settings.context, requestId, reason);
  const work = async (): Promise<number> => {
    const reader = readerOf(OWNER, sources, {});
    const reverted = await new RevertRun(reader, tables(), requestId).run();
    const entry = { action: 'Request.reverted', targetType: 'Request', targetId: requestId, metadata: { reverted } };
    await reader.answer(manualEntry(auditTableOf(options), entry, options));
    return reverted;
  };
  const run = async (): Promise<number> => {
    if (transactionClient(own.client) === undefined) return TransactionHost.of(own.client).run(work, { timeoutMs });
    return orAbort(work, () => own.answer(sql`SELECT (1 / 0)::text AS answer`));
  };
  return { requestId, reverted: await runWithContext(context, run) };
}

/** Whoever opened the transaction might catch the error, and commit the half that was undone. */
async function orAbort(work: () => Promise<number>, abort: () => Promise<unknown>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AuditRevertConflictError) await abort().catch(() => undefined);
    throw error;
  }
}

function contextOf(setting: string, requestId: string, reason: string | undefined): RequestContext {
  const context = currentContext();
  const given = JSON.parse(context?.settings?.[setting] ?? '{}') as Readonly<Record<string, unknown>>;
  const metadata = { ...(given['metadata'] as object | undefined), revertOf: requestId };
  const { suppressed: _suppressed, action: _action, ...rest } = given;
  const said = { ...rest, metadata, ...(reason === undefined ? {} : { reason }) };
  return withSettings(context, { ...DELETED_ROWS, [setting]: JSON.stringify(said) });
}
