import { type AuditTransactionMethods, createAuditExtension } from '@nestarc/audit-log';
import { createPrismaSoftDeleteExtension } from '@nestarc/soft-delete';
import { createPrismaTenancyExtension } from '@nestarc/tenancy';
import { agreedAuditOptions } from './agreed-audit.options';
import { checkNestarcClientOptions } from './nestarc-client-options.schema';
import type {
  NestarcAuditedClientOptions,
  NestarcClientOptions,
  NestarcTenancyOptions,
} from './nestarc-client.options';

/** Works on the client that it is given. */
type ClientExtension = (client: unknown) => unknown;

/**
 * Makes a Prisma client multi-tenant, soft-deleting and audited.
 *
 * @param client - a Prisma client that is not connected yet, with or without extensions of your own
 * @param options - see {@link NestarcAuditedClientOptions}
 * @returns the very client that was passed, with the methods of the audit log
 * @throws InvalidOptionsError for options that it, or an extension, cannot work with
 */
export function createNestarcClient<Client extends object>(
  client: Client,
  options: NestarcAuditedClientOptions,
): AuditTransactionMethods & Client;
/**
 * Makes a Prisma client what the options name of multi-tenant, soft-deleting and audited.
 *
 * @param client - a Prisma client that is not connected yet, with or without extensions of your own
 * @param options - see {@link NestarcClientOptions}
 * @returns the very client that was passed
 * @throws InvalidOptionsError for options that it, or an extension, cannot work with
 */
export function createNestarcClient<Client extends object>(client: Client, options: NestarcClientOptions): Client;
/**
 * What both forms do. All options are looked at before the client is touched, but for what needs its schema.
 *
 * @param client - the client
 * @param options - the options
 */
export function createNestarcClient<Client extends object>(client: Client, options: NestarcClientOptions): Client {
  checkNestarcClientOptions(options);
  for (const extend of extensionsFor(options)) extend(client);
  return client;
}

function extensionsFor({ tenancy, softDelete, ...others }: NestarcClientOptions): readonly ClientExtension[] {
  const audit = agreedAuditOptions({ tenancy, softDelete, ...others });
  return [
    ...(tenancy === undefined ? [] : [tenancyExtension(tenancy)]),
    // Ahead of soft deletes, so that what a guard deletes before the actor is settled says who did it in the row as well.
    ...(audit === undefined ? [] : [createAuditExtension(audit)]),
    ...(softDelete === undefined ? [] : [createPrismaSoftDeleteExtension(softDelete)]),
  ];
}

function tenancyExtension({ service, ...options }: NestarcTenancyOptions): ClientExtension {
  return createPrismaTenancyExtension(service, options);
}
