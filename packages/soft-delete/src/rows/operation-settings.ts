import { currentContext, runWithContext, withSettings } from '@nestarc/core';

/** Settings that tell triggers what a statement is part of. */
const OPERATION_SETTING = 'app.operation';
const OPERATION_ID_SETTING = 'app.operation_id';

/**
 * Runs a function whose statements tell what they are part of.
 *
 * @param operation - what they are part of
 * @param id - which one, a UUID
 * @param callback - the function
 */
export function runAsPartOf<T>(operation: 'restore' | 'purge', id: string, callback: () => T): T {
  const context = withSettings(currentContext(), { [OPERATION_SETTING]: operation, [OPERATION_ID_SETTING]: id });
  return runWithContext(context, callback);
}
