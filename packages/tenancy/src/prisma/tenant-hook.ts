import { createContext, currentContext, runWithContext } from '@nestarc/core';
import { type ModelMetadata, type OperationHook, TenancyContextRequiredError } from '@nestarc/prisma';
import { injectTenant } from './inject-tenant';
import type { ResolvedPrismaTenancyOptions } from './prisma-tenancy.options';

/**
 * Makes the hook that refuses operations without a tenant by name, and writes the tenant id into data where that is
 * asked for. It is there for clear errors: the pool refuses what gets past it.
 *
 * @param options - the resolved options of the extension
 * @param metadata - what the client knows about the schema
 */
export function tenantHook(options: ResolvedPrismaTenancyOptions, metadata: ModelMetadata): OperationHook {
  const { autoInjectTenantId, failClosed, tenantIdField } = options;
  const shared = new Set(options.sharedModels);
  const tenantFields = new Map(
    autoInjectTenantId ? metadata.names.map((model) => [model, metadata.findField(model, tenantIdField)]) : [],
  );
  return ({ model, operation, args }, run) => {
    const context = currentContext();
    if (context?.tenantId !== undefined) {
      const field = model === undefined ? undefined : tenantFields.get(model);
      return run(field === undefined ? args : injectTenant(operation, args, field, context.tenantId));
    }
    if (context?.mode === 'bypass' || !failClosed) return run(args);
    if (model === undefined || !shared.has(model)) throw new TenancyContextRequiredError(model, operation);
    return runWithContext(createContext({ ...context, mode: 'bypass' }), () => run(args));
  };
}
