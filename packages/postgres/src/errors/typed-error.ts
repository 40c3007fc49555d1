import { CrossTenantWriteError } from './cross-tenant-write.error';
import { SqlState } from './sql-state';

/**
 * Recognises the one server error that means "outside the tenant": a row that the policy's check refused. A missing grant
 * has the same SQLSTATE and is told apart by the server routine that raised it. Everything else passes unchanged, so that
 * code written against pg goes on reading `code` and `constraint`.
 *
 * @param error - what the driver reports
 */
export function typedError(error: Error): Error {
  const { code, routine } = error as { code?: unknown; routine?: unknown };
  const refusedByPolicy = code === SqlState.insufficientPrivilege && routine === 'ExecWithCheckOptions';
  return refusedByPolicy ? new CrossTenantWriteError({ cause: error }) : error;
}
