import { createAuditExtension } from '@nestarc/audit-log';
import { createPrismaSoftDeleteExtension, type SoftDeleteExtensionOptions } from '@nestarc/soft-delete';
import { createPrismaTenancyExtension, type TenancyService } from '@nestarc/tenancy';

/** The extensions of a chain. */
export type ExtensionName = 'tenancy' | 'softDelete' | 'audit';

/** All orders they can be applied in; the first is that of the documents. */
export const ORDERS: readonly (readonly ExtensionName[])[] = [
  ['tenancy', 'softDelete', 'audit'],
  ['tenancy', 'audit', 'softDelete'],
  ['softDelete', 'tenancy', 'audit'],
  ['softDelete', 'audit', 'tenancy'],
  ['audit', 'tenancy', 'softDelete'],
  ['audit', 'softDelete', 'tenancy'],
];

/** What is deleted softly, and what it takes along. */
export const SOFT_DELETE: SoftDeleteExtensionOptions = {
  softDeleteModels: ['User', 'Post', 'Comment'],
  cascade: { User: ['Post'], Post: ['Comment'] },
};

/** What the extensions are given. */
export interface Given {
  readonly tenancy?: TenancyService;
  readonly softDelete?: SoftDeleteExtensionOptions;
}

/** Makes extensions. */
export function extensionsOf(
  order: readonly ExtensionName[],
  { tenancy, softDelete = SOFT_DELETE }: Given,
): readonly ((client: unknown) => unknown)[] {
  const make: Readonly<Record<ExtensionName, () => (client: unknown) => unknown>> = {
    tenancy: () => createPrismaTenancyExtension(tenancy as TenancyService),
    softDelete: () => createPrismaSoftDeleteExtension(softDelete),
    audit: () => createAuditExtension(),
  };
  return order.map((name) => make[name]());
}
