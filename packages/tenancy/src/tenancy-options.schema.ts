import { InvalidOptionsError, type OptionProblem, resolveOptions } from '@nestarc/core';
import type { InjectionToken } from '@nestjs/common';
import { z } from 'zod';
import { HeaderTenantExtractor } from './extractors/header-tenant.extractor';
import type { TenantExtractor } from './extractors/tenant-extractor';
import type { TenantMembershipVerifier } from './proof/tenant-membership';
import type { TenantProof } from './proof/tenant-proof';
import { headerName } from './request/header-name';
import { settingKey } from './setting-key';
import { telemetryOptions } from './telemetry/telemetry-options.schema';
import type { ResolvedTelemetryOptions } from './telemetry/telemetry.options';
import type { TenancyModuleOptions, TenantIdFormat } from './tenancy.options';

/** A thing itself, or the injection token of a provider that is one. */
type Reference<T> = T | InjectionToken;

/** How the tenant is compared with a second source. */
export interface ResolvedCrossCheckOptions {
  /** The second, verified source. */
  readonly extractor: TenantExtractor;
  /** What becomes of a request whose sources disagree. */
  readonly onFailed: 'reject' | 'log';
  /** Refuses requests for which the second source names no tenant. */
  readonly required: boolean;
}

/** The options as the package works with them: defaults filled in, frozen. */
export interface ResolvedTenancyOptions {
  /** Where the tenant id comes from; absent where the proof names the tenant. */
  readonly tenantExtractor: TenantExtractor | undefined;
  /** The proofs, in the order they are asked, or their injection tokens. */
  readonly proof: readonly Reference<TenantProof>[];
  /** Who belongs to which tenant, or the injection token of what knows. */
  readonly membership: Reference<TenantMembershipVerifier> | undefined;
  /** The comparison with a second source. */
  readonly crossCheck: ResolvedCrossCheckOptions | undefined;
  /** PostgreSQL setting that carries the tenant id. */
  readonly dbSettingKey: string;
  /** Which texts are tenant ids. */
  readonly tenantIdFormat: TenantIdFormat;
  /** The user's own rule for tenant ids, if there is one. */
  readonly validateTenantId: TenancyModuleOptions['validateTenantId'];
  /** Runs once the tenant of a request is known. */
  readonly onTenantResolved: TenancyModuleOptions['onTenantResolved'];
  /** Runs when a request names no tenant. */
  readonly onTenantNotFound: TenancyModuleOptions['onTenantNotFound'];
  /** What is told to OpenTelemetry. */
  readonly telemetry: ResolvedTelemetryOptions;
  /** Where the guard stands. */
  readonly guard: 'global' | 'manual';
  /** How long extractors, proofs and hooks may take, in milliseconds. */
  readonly timeoutMs: number;
}

const OWNER = 'TenancyModule';

const hasMethod = (value: unknown, name: string): boolean =>
  typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)[name] === 'function';

const fn = <T>(): z.ZodOptional<z.ZodType<T>> =>
  z.custom<T>((value) => typeof value === 'function', 'expected a function').optional();

const isToken = (value: unknown): value is InjectionToken =>
  typeof value === 'function' || typeof value === 'symbol' || (typeof value === 'string' && value !== '');

const reference = <T>(method: string): z.ZodType<Reference<T>> =>
  z.custom<Reference<T>>(
    (value) => hasMethod(value, method) || isToken(value),
    `expected an object with a method ${method}(), or an injection token`,
  );

const NEEDS: readonly unknown[] = [undefined, 'request', 'guard'];
const saysWhatItNeeds = (value: unknown): boolean => isToken(value) || NEEDS.includes((value as TenantProof).needs);
const NEEDS_EXPECTED = 'expected "needs" to be "request" or "guard"';

const extractor = z
  .custom<TenantExtractor>((value) => hasMethod(value, 'extract'))
  .refine(saysWhatItNeeds, NEEDS_EXPECTED);
const proof = reference<TenantProof>('prove').refine(saysWhatItNeeds, NEEDS_EXPECTED);

const schema = z.strictObject({
  tenantExtractor: z
    .union(
      [headerName.transform((name) => new HeaderTenantExtractor(name)), extractor],
      'expected the name of a header or an object with an extract() method',
    )
    .optional(),
  proof: z
    .union(
      [proof.transform((one) => [one]), z.array(proof).min(1)],
      'expected a proof, its injection token, or a list of them',
    )
    .default([]),
  membership: reference<TenantMembershipVerifier>('isMember').optional(),
  crossCheck: z
    .strictObject({
      extractor: extractor.refine(
        (source) => source.verified === true,
        'expected a source of verified values, such as userProof() or jwtProof(): a value that anybody can write ' +
          'proves nothing about another. An extractor of your own says "verified = true" where that is so',
      ),
      onFailed: z.enum(['reject', 'log']).default('reject'),
      required: z.boolean().default(false),
    })
    .optional(),
  dbSettingKey: settingKey.default('app.current_tenant'),
  tenantIdFormat: z.enum(['slug', 'uuid', 'text']).optional(),
  validateTenantId: fn<NonNullable<TenancyModuleOptions['validateTenantId']>>(),
  onTenantResolved: fn<NonNullable<TenancyModuleOptions['onTenantResolved']>>(),
  onTenantNotFound: fn<NonNullable<TenancyModuleOptions['onTenantNotFound']>>(),
  telemetry: telemetryOptions.prefault({}),
  guard: z.enum(['global', 'manual']).default('global'),
  timeoutMs: z.number().int().min(1).max(2_147_483_647).default(10_000),
});

/**
 * Validates the options of the module and fills in the defaults.
 *
 * @param options - what the user passed
 * @throws InvalidOptionsError naming the path of every refused option
 */
export function resolveTenancyOptions(options: TenancyModuleOptions): ResolvedTenancyOptions {
  const resolved = resolveOptions(OWNER, schema, options);
  const problem = withoutSource(resolved);
  if (problem !== undefined) throw new InvalidOptionsError(OWNER, [problem]);
  const { tenantExtractor, membership, crossCheck, validateTenantId, onTenantResolved, onTenantNotFound } = resolved;
  return Object.freeze({
    ...resolved,
    tenantExtractor,
    membership,
    crossCheck,
    validateTenantId,
    onTenantResolved,
    onTenantNotFound,
    tenantIdFormat: resolved.tenantIdFormat ?? (validateTenantId === undefined ? 'slug' : 'text'),
  });
}

function withoutSource(resolved: z.output<typeof schema>): OptionProblem | undefined {
  if (resolved.tenantExtractor !== undefined || resolved.proof.length > 0) return undefined;
  return {
    path: 'tenantExtractor',
    message: 'expected the name of a header, an extractor, or a proof that names tenants',
  };
}
