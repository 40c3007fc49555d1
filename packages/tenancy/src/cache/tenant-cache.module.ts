import { type DynamicModule, type ForwardReference, Module, type Type } from '@nestjs/common';
import { TenantCache } from './tenant-cache';
import { TenantCacheInterceptor } from './tenant-cache.interceptor';
import { resolveTenantCacheOptions, type TenantCacheInterceptorOptions } from './tenant-cache.options';
import { TENANT_CACHE_INTERCEPTOR_OPTIONS } from './tenant-cache.tokens';

/** Options of `TenantCacheModule.register`. */
export interface TenantCacheModuleOptions extends TenantCacheInterceptorOptions {
  /** Makes `TenantCache` and the options available everywhere. Defaults to true. */
  readonly isGlobal?: boolean | undefined;
  /** Where the cache comes from: `[CacheModule.register()]`, unless that is global. Defaults to none. */
  readonly imports?: readonly (Type | DynamicModule | ForwardReference)[] | undefined;
}

/** Provides `TenantCache`, `TenantCacheInterceptor` and their options, on the cache of Nest's `CacheModule`. */
@Module({})
export class TenantCacheModule {
  /**
   * Registers the cache.
   *
   * @param options - see {@link TenantCacheModuleOptions}
   * @throws InvalidOptionsError naming the path of every refused option
   */
  static register({ isGlobal = true, imports = [], ...options }: TenantCacheModuleOptions = {}): DynamicModule {
    const resolved = resolveTenantCacheOptions(options);
    const providers = [
      { provide: TENANT_CACHE_INTERCEPTOR_OPTIONS, useValue: resolved },
      TenantCache,
      TenantCacheInterceptor,
    ];
    return {
      module: TenantCacheModule,
      global: isGlobal,
      imports: [...imports],
      providers,
      exports: [...providers, ...imports],
    };
  }
}
