import { InvalidOptionsError } from '@nestarc/core';
import { originalClient } from '@nestarc/prisma';
import { OWNER, type ResolvedSoftDeleteOptions } from '../options/soft-delete-options.schema';
import type { SoftDeleteSchema } from './soft-delete-schema';

/** How a client deletes softly. */
export interface SoftDeleteAttachment {
  /** The options of its extension. */
  readonly options: ResolvedSoftDeleteOptions;
  /** What these mean for its schema. */
  readonly schema: SoftDeleteSchema;
}

const attachments = new WeakMap<object, SoftDeleteAttachment>();

/**
 * Remembers how a client deletes softly.
 *
 * @param client - the client, extended or not
 * @param attachment - how it does
 * @returns whether that is new; `false` when the client does so already
 * @throws InvalidOptionsError when it does so with other options
 */
export function rememberAttachment(client: unknown, attachment: SoftDeleteAttachment): boolean {
  const original = originalClient(client);
  const before = attachments.get(original);
  if (before === undefined) {
    attachments.set(original, attachment);
    return true;
  }
  if (fingerprintOf(before.options) === fingerprintOf(attachment.options)) return false;
  const message = 'the client is extended already, with other options';
  throw new InvalidOptionsError(OWNER, [{ path: '', message }]);
}

/**
 * Tells how a client deletes softly.
 *
 * @param client - the client, extended or not
 * @returns how it does, or `undefined` when it does not
 * @throws PrismaInternalsError when it is no Prisma client
 */
export function attachmentOf(client: unknown): SoftDeleteAttachment | undefined {
  return attachments.get(originalClient(client));
}

/** Who is told of deletions is no part of how rows are deleted. */
function fingerprintOf({ eventEmitter: _target, ...options }: ResolvedSoftDeleteOptions): string {
  return JSON.stringify(Object.entries(options).sort(([one], [other]) => (one < other ? -1 : 1)));
}
