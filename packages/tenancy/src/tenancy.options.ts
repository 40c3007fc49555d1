import { resolveOptions } from '@nestarc/core';
import { z } from 'zod';
import { settingKey } from './setting-key';
import { HeaderTenantExtractor } from './extractors/header-tenant.extractor';
import type { TenantExtractor } from './extractors/tenant-extractor';

/** Options of `TenancyModule.forRoot`. */
export interface TenancyModuleOptions {
  /** Where the tenant id comes from: the name of a header, or an extractor. */
  readonly tenantExtractor: string | TenantExtractor;
  /** PostgreSQL setting that carries the tenant id. Defaults to `app.current_tenant`. */
  readonly dbSettingKey?: string | undefined;
  /**
   * Decides whether a tenant id is well formed, in place of the built-in rule: 1 to 63 letters, digits, `_` or `-`,
   * starting with a letter or digit, folded to lower case. Ids accepted here are kept as they are spelled.
   *
   * @param tenantId - the candidate; never empty, at most 255 characters, without control characters
   */
  readonly validateTenantId?: ((tenantId: string) => boolean | Promise<boolean>) | undefined;
}

/** What `useClass` and `useExisting` of `TenancyModule.forRootAsync` implement. */
export interface TenancyModuleOptionsFactory {
  /** Makes the options, while the application boots. */
  createTenancyOptions(): TenancyModuleOptions | Promise<TenancyModuleOptions>;
}

/** The options as the package works with them: defaults filled in, frozen. */
export interface ResolvedTenancyOptions {
  /** Where the tenant id comes from. */
  readonly tenantExtractor: TenantExtractor;
  /** PostgreSQL setting that carries the tenant id. */
  readonly dbSettingKey: string;
  /** The user's own rule for tenant ids, if there is one. */
  readonly validateTenantId: ((tenantId: string) => boolean | Promise<boolean>) | undefined;
}

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

const isExtractor = (value: unknown): value is TenantExtractor =>
  typeof value === 'object' && value !== null && typeof (value as Partial<TenantExtractor>).extract === 'function';

const schema = z.strictObject({
  tenantExtractor: z.union(
    [
      z
        .string()
        .regex(HEADER_NAME)
        .transform((name) => new HeaderTenantExtractor(name)),
      z.custom<TenantExtractor>(isExtractor),
    ],
    'expected the name of a header or an object with an extract() method',
  ),
  dbSettingKey: settingKey.default('app.current_tenant'),
  validateTenantId: z
    .custom<NonNullable<TenancyModuleOptions['validateTenantId']>>(
      (value) => typeof value === 'function',
      'expected a function',
    )
    .optional(),
});

/**
 * Validates the options of the module and fills in the defaults.
 *
 * @param options - what the user passed
 * @throws InvalidOptionsError naming the path of every refused option
 */
export function resolveTenancyOptions(options: TenancyModuleOptions): ResolvedTenancyOptions {
  const resolved = resolveOptions('TenancyModule', schema, options);
  return Object.freeze({ ...resolved, validateTenantId: resolved.validateTenantId });
}
