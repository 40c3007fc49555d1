import type { CanActivate, NestInterceptor, Type } from '@nestjs/common';

/** Where `@UseGuards` and `@UseInterceptors` leave what they are given, in Nest 10 to 12. */
const GUARDS = '__guards__';
const INTERCEPTORS = '__interceptors__';

/** What is put in front of the enhancers of a class. */
export interface ClassEnhancers {
  /** The class of the guard, where one is needed. */
  readonly guard?: Type<CanActivate> | undefined;
  /** The interceptor, or its class, which each application looks up among its own. */
  readonly interceptor: Type<NestInterceptor> | NestInterceptor;
}

/**
 * Puts a guard and an interceptor in front of those of a class, for good.
 *
 * @param metatype - the class
 * @param enhancers - the guard and the interceptor
 */
export function enhanceClass(metatype: Type, { guard, interceptor }: ClassEnhancers): void {
  // A class decorator may return a proxy: Nest 10 asks the class behind it, Nest 11 and 12 ask the proxy.
  const behind = (metatype.prototype as { constructor?: Type } | undefined)?.constructor ?? metatype;
  for (const target of new Set([metatype, behind])) {
    if (guard !== undefined) prepend(target, GUARDS, guard);
    prepend(target, INTERCEPTORS, interceptor);
  }
}

function prepend(target: Type, key: string, enhancer: unknown): void {
  const list = (Reflect.getMetadata(key, target) ?? []) as readonly unknown[];
  if (list[0] === enhancer) return;
  Reflect.defineMetadata(key, [enhancer, ...list.filter((one) => one !== enhancer)], target);
}
