import { AuditContext } from './audit-context';

/**
 * Puts together what the context says and what is said here, for records of your own: the metadata in force, the reason as
 * `reason`, and the input, which has the last word.
 *
 * @param input - what is said here. Defaults to nothing
 * @returns the whole; `undefined` when there is nothing
 */
export function mergeContextMetadata(input?: Readonly<Record<string, unknown>>): Record<string, unknown> | undefined {
  const reason = AuditContext.getReason();
  const merged = { ...AuditContext.getMetadata(), ...(reason === undefined ? {} : { reason }), ...input };
  return Object.keys(merged).length === 0 ? undefined : merged;
}
