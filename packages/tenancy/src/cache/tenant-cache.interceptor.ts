import { currentContext } from '@nestarc/core';
import { CACHE_KEY_METADATA, CACHE_MANAGER, CACHE_TTL_METADATA, CacheInterceptor } from '@nestjs/cache-manager';
import { type CallHandler, type ExecutionContext, Inject, Injectable, Optional } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { type Observable, of } from 'rxjs';
import type { TenancyRequest } from '../request/tenancy-request';
import { TENANCY_MODULE_OPTIONS } from '../tenancy.tokens';
import { isStorable, keepSingle, type ResponseLike } from './cache-answer';
import { asId, principalOf } from './cache-principal';
import type { CacheReach } from './cache-reach.decorators';
import { type CacheAudience, CacheScope } from './cache-scope';
import { routeOf } from './cache-route';
import type { CacheStore } from './cache-store';
import { acceptCacheTags } from './cache-tag';
import type { CacheTag } from './cache-tags.decorator';
import { type IdentityBasis, identityBasisOf, type IdentityRules } from './identity-basis';
import {
  type ResolvedTenantCacheOptions,
  resolveTenantCacheOptions,
  type TenantCacheInterceptorOptions,
} from './tenant-cache.options';
import { CACHE_REACH_KEY, CACHE_TAGS_KEY, TENANT_CACHE_INTERCEPTOR_OPTIONS } from './tenant-cache.tokens';
import { type CacheQuestion, VersionedCache } from './versioned-cache';

/** What is to be done for a request. */
interface CachePlan extends CacheQuestion {
  readonly ttlMs: number | undefined;
}

/**
 * Nest's `CacheInterceptor` that gives an answer only to the tenant and the principal it was made for. Answers to GET and
 * HEAD are cached by handler and URL, or by `@CacheKey()`. A request is not cached when it has no tenant, when nobody can tell
 * who asks although somebody in particular does, and while the store fails.
 */
@Injectable()
export class TenantCacheInterceptor extends CacheInterceptor {
  /** Methods whose answers are cached. */
  protected override allowedMethods: string[] = ['GET', 'HEAD'];

  readonly #options: ResolvedTenantCacheOptions;
  readonly #cache: VersionedCache;
  readonly #basis: IdentityBasis;

  constructor(
    @Inject(CACHE_MANAGER) store: CacheStore,
    reflector: Reflector,
    @Optional() @Inject(TENANT_CACHE_INTERCEPTOR_OPTIONS) options?: TenantCacheInterceptorOptions,
    @Optional() @Inject(TENANCY_MODULE_OPTIONS) tenancy?: IdentityRules,
  ) {
    super(store, reflector);
    this.#basis = identityBasisOf(tenancy);
    this.#options = resolveTenantCacheOptions(options ?? {});
    this.#cache = new VersionedCache(store, this.#options);
  }

  /**
   * Answers from the cache, or runs the handler and caches what it answers.
   *
   * @param execution - what Nest is about to run
   * @param next - the handler
   */
  override async intercept(execution: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const plan = await this.#planOrNot(execution);
    const finding = plan && (await this.#cache.find(plan));
    if (plan === undefined || finding === undefined) return next.handle();
    this.#tell(execution, finding.entry === undefined ? 'MISS' : 'HIT');
    if (finding.entry !== undefined) return of(finding.entry.value);
    const versions = await this.#cache.claim(plan.scope, finding.versions);
    if (versions === undefined) return next.handle();
    return keepSingle(next.handle(), (value) => {
      if (isStorable(value, responseOf(execution))) void this.#cache.keep(plan.key, { value, versions }, plan.ttlMs);
    });
  }

  /** What users' functions throw is theirs to see; it is not a reason to fail a request that needs no cache. */
  async #planOrNot(execution: ExecutionContext): Promise<CachePlan | undefined> {
    try {
      return await this.#plan(execution);
    } catch (error) {
      this.#cache.guarded.report('It cannot be told how to cache an answer; it is not cached', error);
      return undefined;
    }
  }

  async #plan(execution: ExecutionContext): Promise<CachePlan | undefined> {
    const isHttp = execution.getType() === 'http';
    if (isHttp && !this.isRequestCacheable(execution)) return undefined;
    const chosen: unknown = this.reflector.get(CACHE_KEY_METADATA, execution.getHandler());
    const base = await this.#baseKey(execution, isHttp, chosen);
    if (typeof base !== 'string' || base === '') return undefined;
    const request = isHttp ? execution.switchToHttp().getRequest<TenancyRequest>() : undefined;
    const audience = await this.#audienceOf(this.#reachOf(execution), request);
    if (audience === undefined) return undefined;
    const scope = new CacheScope(this.#options, audience.tenantId);
    // What Nest takes the URL for; without HTTP, what has no chosen key has none at all.
    const route = chosen ? undefined : routeOf(execution, this.reflector, this.httpAdapterHost?.httpAdapter);
    const key = scope.answerKey(audience, request?.method ?? '', base, route);
    return { scope, key, tags: this.#tagsOf(execution, request), ttlMs: await this.#ttlOf(execution) };
  }

  async #audienceOf(reach: CacheReach, request: TenancyRequest | undefined): Promise<CacheAudience | undefined> {
    const version = await this.#versionOf(request);
    if (version === null) return undefined;
    if (reach === 'everybody') return { version };
    const tenantId = currentContext()?.tenantId;
    if (tenantId === undefined) return undefined;
    if (reach === 'tenant') return { tenantId, version };
    const principal = await principalOf(this.#options, this.#basis, request);
    return principal === undefined ? undefined : { tenantId, principal, version };
  }

  /** Without HTTP there is no URL, only what `@CacheKey()` says. Releases of Nest differ in who calls a factory. */
  async #baseKey(execution: ExecutionContext, isHttp: boolean, chosen: unknown): Promise<unknown> {
    const base: unknown = isHttp ? await this.trackBy(execution) : chosen;
    return typeof base === 'function' ? (base as (execution: ExecutionContext) => unknown)(execution) : base;
  }

  #reachOf(execution: ExecutionContext): CacheReach {
    const targets = [execution.getHandler(), execution.getClass()];
    return this.reflector.getAllAndOverride<CacheReach | undefined>(CACHE_REACH_KEY, targets) ?? 'principal';
  }

  /** Null where there should be a version and none can be told. */
  async #versionOf(request: TenancyRequest | undefined): Promise<string | undefined | null> {
    if (this.#options.version === undefined) return undefined;
    return (request === undefined ? undefined : asId(await this.#options.version(request))) ?? null;
  }

  #tagsOf(execution: ExecutionContext, request: TenancyRequest | undefined): readonly string[] {
    const targets = [execution.getClass(), execution.getHandler()];
    const declared = targets.flatMap(
      (target) => this.reflector.get<readonly CacheTag[] | undefined>(CACHE_TAGS_KEY, target) ?? [],
    );
    return acceptCacheTags(
      declared.flatMap((tag) => (typeof tag === 'function' ? tag(request as TenancyRequest) : [tag])),
    );
  }

  async #ttlOf(execution: ExecutionContext): Promise<number | undefined> {
    const targets = [execution.getHandler(), execution.getClass()];
    const ttl: unknown = this.reflector.getAllAndOverride(CACHE_TTL_METADATA, targets);
    const ttlMs: unknown =
      typeof ttl === 'function' ? await (ttl as (execution: ExecutionContext) => unknown)(execution) : ttl;
    return typeof ttlMs === 'number' ? ttlMs : undefined;
  }

  #tell(execution: ExecutionContext, outcome: 'HIT' | 'MISS'): void {
    const response = responseOf(execution);
    if (response !== undefined) this.httpAdapterHost?.httpAdapter?.setHeader(response, 'X-Cache', outcome);
  }
}

function responseOf(execution: ExecutionContext): ResponseLike | undefined {
  return execution.getType() === 'http' ? execution.switchToHttp().getResponse<ResponseLike>() : undefined;
}
