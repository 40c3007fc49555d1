import { Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { APP_INTERCEPTOR, ModulesContainer, Reflector } from '@nestjs/core';
import { RequestTransactionInterceptor } from './request-transaction.interceptor';
import { NO_REQUEST_TRANSACTION } from './request-transaction.tokens';
import { type Handler, handlersOf, routeKind } from './route-kind';
import { UnsupportedRouteError } from './unsupported-route.error';

/** Where `@UseInterceptors()` leaves its arguments, on classes and on methods. */
const INTERCEPTORS = '__interceptors__';

/** Refuses, while the application boots, routes that a request transaction would be wrong for. */
@Injectable()
export class RouteCheck implements OnModuleInit {
  constructor(
    private readonly modules: ModulesContainer,
    private readonly reflector: Reflector,
  ) {}

  /**
   * Looks at every controller.
   *
   * @throws UnsupportedRouteError naming all handlers that would be given a transaction and send the response themselves
   */
  onModuleInit(): void {
    const isGlobal = this.#isGlobal();
    const refused = this.#controllers().flatMap((controller) =>
      handlersOf(controller)
        .filter((handler) => isGlobal || isIntercepted(controller) || isIntercepted(handler))
        .filter((handler) => !this.#isExempt(controller, handler) && routeKind(controller, handler) === 'own')
        .map((handler) => `${controller.name}.${handler.name}`),
    );
    if (refused.length > 0) throw new UnsupportedRouteError(refused);
  }

  #controllers(): readonly Type[] {
    const wrappers = [...this.modules.values()].flatMap((module) => [...module.controllers.values()]);
    return [...new Set(wrappers.flatMap(({ metatype }) => (metatype == null ? [] : [metatype as Type])))];
  }

  /** Nest files what is provided under APP_INTERCEPTOR under a token that begins with it. */
  #isGlobal(): boolean {
    return [...this.modules.values()].some((module) =>
      [...module.providers].some(
        ([token, { metatype, instance }]) =>
          typeof token === 'string' &&
          token.startsWith(APP_INTERCEPTOR) &&
          (isInterceptor(metatype) || isInterceptor(instance)),
      ),
    );
  }

  #isExempt(controller: Type, handler: Handler): boolean {
    return (
      this.reflector.getAllAndOverride<boolean | undefined>(NO_REQUEST_TRANSACTION, [handler, controller]) === true
    );
  }
}

function isIntercepted(target: object): boolean {
  return ((Reflect.getMetadata(INTERCEPTORS, target) ?? []) as readonly unknown[]).some(isInterceptor);
}

function isInterceptor(candidate: unknown): boolean {
  if (candidate instanceof RequestTransactionInterceptor) return true;
  if (typeof candidate !== 'function') return false;
  return candidate === RequestTransactionInterceptor || candidate.prototype instanceof RequestTransactionInterceptor;
}
