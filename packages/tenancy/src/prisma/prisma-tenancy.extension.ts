import { createContext, currentContext, runWithContext } from '@nestarc/core';
import { attachContext, ModelMetadata, TenancyContextRequiredError } from '@nestarc/prisma';
import { Logger } from '@nestjs/common';
import type { TenancyService } from '../tenancy.service';
import { injectTenant } from './inject-tenant';
import {
  checkAgainstSchema,
  type PrismaTenancyExtensionOptions,
  resolvePrismaTenancyOptions,
} from './prisma-tenancy.options';

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

/** The hook Prisma calls around every operation, model calls and raw SQL alike. */
interface Operation {
  readonly model?: string;
  readonly operation: string;
  readonly args: unknown;
  readonly query: (args: unknown) => Promise<unknown>;
}

interface ExtensibleClient {
  $extends(extension: {
    name: string;
    query: { $allOperations: (operation: Operation) => Promise<unknown> };
  }): ReturnType<UnchangedClientExtension>;
}

/**
 * Makes a Prisma client work for the current tenant: model calls, nested writes, raw SQL, interactive and array
 * transactions all reach PostgreSQL with the tenant they were called for.
 *
 * @param tenancyService - the service of `TenancyModule`
 * @param options - see {@link PrismaTenancyExtensionOptions}
 * @returns the extension, for `new PrismaClient({ adapter }).$extends(…)`
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
      warn: (message) => new Logger('TenancyModule').warn(message),
    });
    const shared = new Set(resolved.sharedModels);
    const tenantFields = new Map<string, string | undefined>(
      resolved.autoInjectTenantId
        ? metadata.names.map((model) => [model, metadata.findField(model, resolved.tenantIdField)])
        : [],
    );

    const scope = ({ model = '', operation, args, query }: Operation): Promise<unknown> => {
      const context = currentContext();
      if (context?.tenantId !== undefined) {
        const field = tenantFields.get(model);
        return query(field === undefined ? args : injectTenant(operation, args, field, context.tenantId));
      }
      if (context?.mode === 'bypass' || !resolved.failClosed) return query(args);
      if (!shared.has(model)) throw new TenancyContextRequiredError(model === '' ? undefined : model, operation);
      return runWithContext(createContext({ ...context, mode: 'bypass' }), () => query(args));
    };

    return (client as ExtensibleClient).$extends({ name: '@nestarc/tenancy', query: { $allOperations: scope } });
  };
}
