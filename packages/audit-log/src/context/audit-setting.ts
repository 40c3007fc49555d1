import { NestarcError } from '@nestarc/core';
import type { AuditState } from './audit-state';

/** The PostgreSQL setting in which capture looks for what else is known about a statement. */
export const AUDIT_CONTEXT_SETTING = 'app.audit_context';

/** Thrown for metadata that cannot be written down as JSON. */
export class AuditMetadataInvalidError extends NestarcError {
  /** @param cause - why it cannot */
  constructor(cause: unknown) {
    super('The metadata of audit entries has to be an object that JSON can hold', {
      code: 'AUDIT_METADATA_INVALID',
      cause,
    });
  }
}

/**
 * Encodes what statements say beyond the request context.
 *
 * @param state - what is known
 * @param requestId - id of the request, which the correlation id is by default
 * @returns JSON; `undefined` when there is nothing to say, so that nothing is sent
 * @throws AuditMetadataInvalidError for metadata that is no JSON
 */
export function encodeAuditContext(state: AuditState, requestId: string | undefined): string | undefined {
  const { actor, metadata, reason, actionOverride, correlationId, noAudit } = state;
  const hasCorrelation = correlationId !== undefined && correlationId !== requestId;
  const isNothing =
    !noAudit &&
    !hasCorrelation &&
    metadata === undefined &&
    reason === undefined &&
    actionOverride === undefined &&
    actor?.ip === undefined &&
    actor?.onBehalfOf === undefined;
  if (isNothing) return undefined;
  return encode({
    onBehalfOf: actor?.onBehalfOf,
    reason,
    metadata,
    correlationId: hasCorrelation ? correlationId : undefined,
    actorIp: actor?.ip,
    action: actionOverride,
    suppressed: noAudit ? true : undefined,
  });
}

/**
 * PostgreSQL's `jsonb` refuses NUL and halves of surrogate pairs, which JSON escapes. In what a user has sent, such as a
 * user agent in the metadata, they would make every write of the request fail. An escaped backslash is read as a pair, so
 * that what follows it is not taken for an escape.
 */
const ESCAPES = /\\(u0000|ud[89a-f][0-9a-f]{2}|.)/g;

function encode(context: object): string {
  try {
    const json = JSON.stringify(context, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
    if (!json.includes('\\u')) return json;
    return json.replace(ESCAPES, (escape, what: string) => (what.length > 1 ? '\\ufffd' : escape));
  } catch (cause) {
    throw new AuditMetadataInvalidError(cause);
  }
}
