import type { ConfigurableModuleAsyncOptions, InjectionToken } from '@nestjs/common';
import type { TenantExtractor } from './extractors/tenant-extractor';
import type { TenantNotFoundHook, TenantResolvedHook } from './hooks/tenancy-hooks';
import type { TenantMembershipVerifier } from './proof/tenant-membership';
import type { TenantProof } from './proof/tenant-proof';
import type { TelemetryOptions } from './telemetry/telemetry.options';

/**
 * Which texts are tenant ids. `slug`: 1 to 63 letters, digits, `_` or `-`, starting with a letter or digit, folded to
 * lower case. `uuid`: 32 hexadecimal digits with dashes, folded to lower case. `text`: up to 255 characters of any script
 * without control characters, trimmed, in Unicode normal form C, otherwise as spelled.
 */
export type TenantIdFormat = 'slug' | 'uuid' | 'text';

/** Compares the tenant of a request with a second, verified source. */
export interface TenantCrossCheckOptions {
  /** The second source. It must say that what it reads is `verified`, as `userProof()` and `jwtProof()` do. */
  readonly extractor: TenantExtractor;
  /**
   * What becomes of a request whose sources disagree: `reject` answers 403, `log` lets it pass as the first source says,
   * for trying the check out. Defaults to `reject`.
   */
  readonly onFailed?: 'reject' | 'log' | undefined;
  /** Refuses requests for which the second source names no tenant. Defaults to false. */
  readonly required?: boolean | undefined;
}

/** Options of `TenancyModule.forRoot`. */
export interface TenancyModuleOptions {
  /**
   * Where the tenant id comes from: the name of a header, or an extractor. May be left out where the proof names the
   * tenant.
   */
  readonly tenantExtractor?: string | TenantExtractor | undefined;
  /**
   * The evidence that the request may have the tenant it names: a proof, the injection token of one, or several of which
   * the first that finds evidence counts; where they speak of different sets of users, each has an `actorType` of its own.
   * Defaults to none: whoever reaches the application chooses the tenant.
   */
  readonly proof?: TenantProof | InjectionToken | readonly (TenantProof | InjectionToken)[] | undefined;
  /**
   * Who belongs to which tenant: a verifier, or the injection token of one. Asked about whoever the proof or an earlier
   * guard (`request.user`) has verified. Defaults to none.
   */
  readonly membership?: TenantMembershipVerifier | InjectionToken | undefined;
  /** Compares the tenant with a second, verified source. Defaults to none. */
  readonly crossCheck?: TenantCrossCheckOptions | undefined;
  /** PostgreSQL setting that carries the tenant id. Defaults to `app.current_tenant`. */
  readonly dbSettingKey?: string | undefined;
  /** Which texts are tenant ids. Defaults to `text` where there is a `validateTenantId`, and to `slug` otherwise. */
  readonly tenantIdFormat?: TenantIdFormat | undefined;
  /**
   * Decides whether an id of the right format is a tenant id. Defaults to all are.
   *
   * @param tenantId - the candidate, in canonical form
   */
  readonly validateTenantId?: ((tenantId: string) => boolean | Promise<boolean>) | undefined;
  /** Runs once the tenant of a request is known, in its context. Defaults to nothing. */
  readonly onTenantResolved?: TenantResolvedHook | undefined;
  /** Runs when a request that needs a tenant names none. Defaults to an answer of 403. */
  readonly onTenantNotFound?: TenantNotFoundHook | undefined;
  /** What is told to OpenTelemetry, where it is installed. */
  readonly telemetry?: TelemetryOptions | undefined;
  /**
   * Where the guard stands: `global`, before every handler, or `manual`, where the application places it, as in
   * `@UseGuards(AuthGuard, TenancyGuard)`. Without it a handler has no tenant, and the database refuses. Defaults to
   * `global`.
   */
  readonly guard?: 'global' | 'manual' | undefined;
  /**
   * How long extractors, proofs and hooks may take, in milliseconds, before the request is answered with 503. Defaults to
   * 10,000.
   */
  readonly timeoutMs?: number | undefined;
}

/** What `useClass` and `useExisting` of `TenancyModule.forRootAsync` implement. */
export interface TenancyModuleOptionsFactory {
  /** Makes the options, while the application boots. */
  createTenancyOptions(): TenancyModuleOptions | Promise<TenancyModuleOptions>;
}

/** What `TenancyModule.forRootAsync` takes: one of `useFactory`, `useClass` and `useExisting`. */
export type TenancyModuleAsyncOptions = ConfigurableModuleAsyncOptions<TenancyModuleOptions, 'createTenancyOptions'> & {
  /** Makes the module's exports available everywhere. Defaults to true. */
  readonly isGlobal?: boolean;
};
