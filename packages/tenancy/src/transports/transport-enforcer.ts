import { NestarcError } from '@nestarc/core';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit, type Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { ResolvedTenancyOptions } from '../tenancy-options.schema';
import { TENANCY_MODULE_OPTIONS } from '../tenancy.tokens';
import { enhanceClass } from './class-enhancers';
import { GatewayAdmission } from './gateway-admission';
import { watchGateway } from './gateway-hooks';
import { hasOpenOperations, hasPatternHandlers, isGateway } from './handler-kinds';
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
export class TransportEnforcer implements OnModuleInit, OnApplicationShutdown {
  readonly #gateways: readonly Type[];
  readonly #undo: readonly (() => void)[];

  constructor(
    @Inject(TENANCY_MODULE_OPTIONS) options: ResolvedTenancyOptions,
    private readonly modules: ModulesContainer,
    admission: GatewayAdmission,
    transportGuard: TransportGuard,
    interceptor: TransportInterceptor,
  ) {
    const guard = options.guard === 'global' ? transportGuard : undefined;
    const { gateways, controllers, resolvers } = this.#classes();
    this.#gateways = gateways;
    admission.learn(gateways);
    this.#undo = [
      ...[...gateways, ...controllers].map((metatype) => enhanceClass(metatype, { guard, interceptor })),
      ...resolvers.map((metatype) => enhanceClass(metatype, { interceptor })),
      ...gateways.map((metatype) => watchGateway(metatype, admission)),
    ];
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

  /** Called by Nest when the connections are closed; other applications of the process may use the same classes. */
  onApplicationShutdown(): void {
    this.#undo.forEach((undo) => undo());
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
