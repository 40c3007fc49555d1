import { ModelMetadata, originalClient, planOperations, requireContext } from '@nestarc/prisma';
import { trackedTables } from '../capture/tracked-tables';
import { warnOfAudit } from '../context/audit-report';
import type { AuditExtensionOptions } from '../options/audit-extension.options';
import {
  resolveAuditExtensionOptions,
  type ResolvedAuditExtensionOptions,
} from '../options/audit-extension-options.schema';
import { rememberAudit } from './audit-attachment';
import { type AuditTransactionMethods, transactionMethods } from './audit-transaction';
import { auditPlanner } from './audit.planner';
import { assertSchemaAgreement } from './schema.check';

/** What `$extends` takes, for an extension that adds the methods of {@link AuditTransactionMethods} to the client. */
export type AuditClientExtension = (client: unknown) => {
  readonly $extends: {
    readonly extArgs: {
      readonly result: Readonly<Record<never, never>>;
      readonly model: Readonly<Record<never, never>>;
      readonly query: Readonly<Record<never, never>>;
      readonly client: {
        readonly [Method in keyof AuditTransactionMethods]: () => AuditTransactionMethods[Method];
      };
    };
  };
};

/**
 * Has the statements of a Prisma client say who acts, and why, to the triggers that `auditSql` makes; and refuses, ahead of
 * the first write, a database that records in another way than the options say. No operation is intercepted for capture.
 *
 * @param options - see {@link AuditExtensionOptions}: those that `auditSql` was given. Defaults to all models
 * @returns the extension, for `new PrismaClient({ adapter }).$extends(…)`, before or behind other extensions. It works on the
 *   client itself and returns it: code that kept the client from before `$extends` is audited, too
 * @throws InvalidOptionsError for options it cannot work with; those that name models, when the extension is applied
 */
export function createAuditExtension(options: AuditExtensionOptions = {}): AuditClientExtension {
  const resolved = resolveAuditExtensionOptions(options);
  if (options.trackedModels !== undefined && options.ignoredModels !== undefined) {
    warnOfAudit(resolved.logger, 'trackedModels is given, so that ignoredModels is without effect');
  }
  return (client) => {
    attachAudit(client, resolved);
    return client as ReturnType<AuditClientExtension>;
  };
}

/**
 * Makes a client audited; the same as `client.$extends(createAuditExtension(options))`, with the type of the client kept.
 *
 * @param client - a Prisma client that is not connected yet, extended or not
 * @param options - see {@link AuditExtensionOptions}
 * @returns the client itself
 * @throws InvalidOptionsError for options it cannot work with
 */
export function createAuditedClient<Client extends object>(
  client: Client,
  options: AuditExtensionOptions = {},
): AuditTransactionMethods & Client {
  createAuditExtension(options)(client);
  return client as AuditTransactionMethods & Client;
}

function attachAudit(client: unknown, options: ResolvedAuditExtensionOptions): void {
  const metadata = ModelMetadata.of(client);
  assertSchemaAgreement(metadata, options);
  const tracked = new Set(trackedTables(metadata, options.sql).map(({ model }) => model));
  const attachment = { options, metadata, tracked };
  if (!rememberAudit(client, attachment)) return;
  addMethods(originalClient(client));
  planOperations(client, auditPlanner(attachment));
  const { dangerouslyAllowPrivilegedRole } = options;
  // What keeps tenants apart is asked for by the tenancy extension, which attaches the client itself.
  const withoutTenants = { dangerouslyAllowUnprotectedJoinTables: true };
  requireContext(
    client,
    dangerouslyAllowPrivilegedRole ? { ...withoutTenants, dangerouslyAllowPrivilegedRole } : withoutTenants,
  );
}

/** On the client that was constructed, from which Prisma derives all extended ones: an extension of its own would cost each row. */
function addMethods(original: object): void {
  for (const [name, value] of Object.entries(transactionMethods)) {
    Object.defineProperty(original, name, { value: value as unknown, configurable: true, writable: true });
  }
}
