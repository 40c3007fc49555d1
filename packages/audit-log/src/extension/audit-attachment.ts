import { InvalidOptionsError } from '@nestarc/core';
import { type ModelMetadata, originalClient } from '@nestarc/prisma';
import { EXTENSION, type ResolvedAuditExtensionOptions } from '../options/audit-extension-options.schema';

/** How a client is audited. */
export interface AuditAttachment {
  /** The options of its extension. */
  readonly options: ResolvedAuditExtensionOptions;
  /** Its schema. */
  readonly metadata: ModelMetadata;
  /** Names of the models and join tables that are tracked. */
  readonly tracked: ReadonlySet<string>;
}

const attachments = new WeakMap<object, AuditAttachment>();

/**
 * Remembers how a client is audited.
 *
 * @param client - the client, extended or not
 * @param attachment - how it is
 * @returns whether that is new; `false` when the client is audited so already
 * @throws InvalidOptionsError when it is audited with other options
 */
export function rememberAudit(client: unknown, attachment: AuditAttachment): boolean {
  const original = originalClient(client);
  const before = attachments.get(original);
  if (before === undefined) {
    attachments.set(original, attachment);
    return true;
  }
  if (fingerprintOf(before.options) === fingerprintOf(attachment.options)) return false;
  throw new InvalidOptionsError(EXTENSION, [
    { path: '', message: 'the client is extended already, with other options' },
  ]);
}

/**
 * Tells how a client is audited.
 *
 * @param client - the client, extended or not
 * @returns how it is, or `undefined` when it has no extension
 * @throws PrismaInternalsError when it is no Prisma client
 */
export const auditOf = (client: unknown): AuditAttachment | undefined => attachments.get(originalClient(client));

/** Who is told of failures is no part of how a client is audited. */
function fingerprintOf({ onAuditError: _told, logger: _logger, ...options }: ResolvedAuditExtensionOptions): string {
  return JSON.stringify(options);
}
