import { attachContext, ModelMetadata } from '@nestarc/prisma';
import { Logger } from '@nestjs/common';
import type { TenancyService } from '../service/tenancy.service';
import {
  checkAgainstSchema,
  type PrismaTenancyExtensionOptions,
  resolvePrismaTenancyOptions,
} from './prisma-tenancy.options';
import { tenantHook } from './tenant-hook';

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
 * Makes a Prisma client work for the current tenant: model calls, nested writes, raw SQL, interactive and array
 * transactions all reach PostgreSQL with the tenant they were called for.
 *
 * @param tenancyService - the service of `TenancyModule`
 * @param options - see {@link PrismaTenancyExtensionOptions}
 * @returns the extension, for `new PrismaClient({ adapter }).$extends(…)`. It attaches the client itself and returns it:
 *   code that kept the client from before `$extends` is scoped to the tenant too
 * @throws InvalidOptionsError for options it cannot work with; those that name models, when the extension is applied
 */
export function createPrismaTenancyExtension(
  tenancyService: TenancyService,
  options: PrismaTenancyExtensionOptions = {},
): UnchangedClientExtension {
  const resolved = resolvePrismaTenancyOptions(options);
  const tenant = resolved.dbSettingKey ?? tenancyService.options.dbSettingKey;
  return (client) => {
    const metadata = ModelMetadata.of(client);
    checkAgainstSchema(resolved, metadata);
    attachContext(client, {
      settings: { tenant },
      onMissingTenant: resolved.failClosed ? 'refuse' : 'bypass',
      dangerouslyAllowPrivilegedRole: resolved.dangerouslyAllowPrivilegedRole,
      dangerouslyAllowUnprotectedJoinTables: resolved.dangerouslyAllowUnprotectedJoinTables,
      transport: resolved.transport,
      onOperation: tenantHook(resolved, metadata),
      warn: (message) => new Logger('TenancyModule').warn(message),
    });
    return client as ReturnType<UnchangedClientExtension>;
  };
}
