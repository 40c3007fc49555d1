import { NestarcError } from '@nestarc/core';
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
  type Type,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { ResolvedTenancyOptions } from '../tenancy-options.schema';
import { TENANCY_MODULE_OPTIONS } from '../tenancy.tokens';
import { enhanceClass } from './class-enhancers';
import { GatewayAdmission } from './gateway-admission';
import { watchGateway } from './gateway-hooks';
import { GatewayOwner } from './gateway-owner';
import { hasOpenOperations, hasPatternHandlers, isGateway } from './handler-kinds';
import { operationInterceptor } from './operation.interceptor';
import { checkResolversGuarded } from './resolver-guards.check';
import { enforceIn, TransportFrame, TransportGate } from './transport-gates';
import { TransportGuard } from './transport.guard';
import { TransportInterceptor } from './transport.interceptor';

/** Thrown at boot for a gateway whose connections cannot be watched. */
export class GatewayHookError extends NestarcError {
  /** @param gateway - name of the class */
  constructor(gateway: string) {
    super(
      `${gateway}.handleConnection and handleDisconnect must be methods, not properties: the tenant of a connection is ` +
        'decided ahead of them',
      { code: 'TENANT_GATEWAY_HOOK' },
    );
  }
}

/**
 * Makes sure that nothing runs a handler of a gateway or of a microservice before its tenant is known. What Nest has for
 * that, global guards, does not reach them; the metadata of their classes, which Nest reads when it registers handlers,
 * does. Classes are known from when Nest has scanned the modules, and providers are made before any handler is registered:
 * hence the constructor.
 */
@Injectable()
export class TransportEnforcer implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  readonly #gateways: readonly Type[];
  readonly #unwatch: readonly (() => void)[];

  constructor(
    @Inject(TENANCY_MODULE_OPTIONS) private readonly options: ResolvedTenancyOptions,
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
    admission: GatewayAdmission,
    transportGuard: TransportGuard,
    interceptor: TransportInterceptor,
  ) {
    const { gateways, controllers, resolvers } = this.#classes();
    this.#gateways = gateways;
    admission.learn(gateways);
    enforceIn(modules, { guard: options.guard === 'global' ? transportGuard : undefined, interceptor });
    for (const metatype of [...gateways, ...controllers]) {
      enhanceClass(metatype, { guard: TransportGate, interceptor: TransportFrame });
    }
    for (const metatype of resolvers) enhanceClass(metatype, { interceptor: operationInterceptor });
    const owner = new GatewayOwner(modules, admission);
    this.#unwatch = gateways.map((metatype) => watchGateway(metatype, owner));
  }

  /**
   * Called by Nest when all instances are there.
   *
   * @throws {@link GatewayHookError} for a gateway that hides the methods the connections are watched by
   */
  onModuleInit(): void {
    for (const { providers } of this.modules.values()) {
      for (const { metatype, instance } of providers.values()) {
        if (!this.#gateways.includes(metatype as Type) || typeof instance !== 'object' || instance === null) continue;
        if (Object.hasOwn(instance, 'handleConnection') || Object.hasOwn(instance, 'handleDisconnect')) {
          throw new GatewayHookError((metatype as Type).name);
        }
      }
    }
  }

  /**
   * Called by Nest when all schemas are there, and before requests come.
   *
   * @throws {@link UnguardedResolverError} for a resolver that clients of GraphQL reach past the guard
   */
  onApplicationBootstrap(): void {
    if (this.options.guard === 'global') checkResolversGuarded(this.modules);
  }

  /** Called by Nest when the connections are closed; other applications of the process may use the same classes. */
  onApplicationShutdown(): void {
    this.#unwatch.forEach((unwatch) => unwatch());
  }

  #classes(): Record<'gateways' | 'controllers' | 'resolvers', readonly Type[]> {
    const gateways = new Set<Type>();
    const controllers = new Set<Type>();
    const resolvers = new Set<Type>();
    for (const { providers, controllers: own } of this.modules.values()) {
      for (const { metatype, isNotMetatype } of providers.values()) {
        if (isNotMetatype || !isClass(metatype)) continue;
        if (isGateway(metatype)) gateways.add(metatype);
        if (hasOpenOperations(metatype)) resolvers.add(metatype);
      }
      for (const { metatype } of own.values()) {
        if (isClass(metatype) && hasPatternHandlers(metatype)) controllers.add(metatype);
      }
    }
    return { gateways: [...gateways], controllers: [...controllers], resolvers: [...resolvers] };
  }
}

const isClass = (metatype: unknown): metatype is Type =>
  typeof metatype === 'function' && typeof metatype.prototype === 'object' && metatype.prototype !== null;
