import { ModelMetadata, planOperations, requireContext } from '@nestarc/prisma';
import { rememberDefaultSchema } from './cascade/default-schema';
import { SoftDeleteEvents } from './events/soft-delete-events';
import { rememberAttachment } from './model/soft-delete-attachment';
import { SoftDeleteSchema } from './model/soft-delete-schema';
import { resolveSoftDeleteOptions } from './options/soft-delete-options.schema';
import type { SoftDeleteExtensionOptions } from './options/soft-delete.options';
import { softDeletePlanner } from './planner/soft-delete.planner';

/** What `$extends` takes, for an extension that leaves the types of the client as they are. */
export type UnchangedClientExtension = (client: unknown) => {
  readonly $extends: {
    readonly extArgs: {
      readonly result: Readonly<Record<never, never>>;
      readonly model: Readonly<Record<never, never>>;
      readonly query: Readonly<Record<never, never>>;
      readonly client: Readonly<Record<never, never>>;
    };
  };
};

/**
 * Makes a Prisma client delete softly: rows of the named models are marked instead of removed, and are gone for everyone who
 * did not ask for them. What a deletion takes along, it takes in the caller's transaction.
 *
 * @param options - see {@link SoftDeleteExtensionOptions}
 * @returns the extension, for `new PrismaClient({ adapter }).$extends(…)`, before or behind other extensions. It works on the
 *   client itself and returns it: code that kept the client from before `$extends` deletes softly too
 * @throws InvalidOptionsError for options it cannot work with; those that name models, fields and relations, when the extension
 *   is applied
 */
export function createPrismaSoftDeleteExtension(options: SoftDeleteExtensionOptions): UnchangedClientExtension {
  const resolved = resolveSoftDeleteOptions(options);
  return (client) => {
    const attachment = { options: resolved, schema: new SoftDeleteSchema(ModelMetadata.of(client), resolved) };
    const isNew = rememberAttachment(client, attachment);
    if (resolved.eventEmitter !== undefined) SoftDeleteEvents.of(client).subscribe(resolved.eventEmitter);
    if (isNew) {
      rememberDefaultSchema(client, attachment.schema.metadata);
      planOperations(client, softDeletePlanner(client, attachment));
      // What keeps tenants apart is asked for by the tenancy extension, which attaches the client itself.
      const withoutTenants = { dangerouslyAllowUnprotectedJoinTables: true };
      if (resolved.enforcement === 'database') requireContext(client, withoutTenants);
    }
    return client as ReturnType<UnchangedClientExtension>;
  };
}
