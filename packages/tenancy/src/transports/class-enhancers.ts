import type { CanActivate, NestInterceptor, Type } from '@nestjs/common';

/** Where `@UseGuards` and `@UseInterceptors` leave what they are given, in Nest 10 to 12. */
const GUARDS = '__guards__';
const INTERCEPTORS = '__interceptors__';

/** What this package has put there; by the global symbol registry, so that every copy of it replaces the others'. */
const OURS = Symbol.for('@nestarc/tenancy:enhancer');

type Enhancer = CanActivate | NestInterceptor;

/** What is put in front of the enhancers of a class. */
export interface ClassEnhancers {
  /** The guard, where one is needed. */
  readonly guard?: CanActivate | undefined;
  /** The interceptor. */
  readonly interceptor: NestInterceptor;
}

/**
 * Puts a guard and an interceptor in front of those of a class, in place of what an earlier application of this process has
 * put there.
 *
 * @param metatype - the class
 * @param enhancers - the guard and the interceptor
 * @returns takes them away again
 */
export function enhanceClass(metatype: Type, { guard, interceptor }: ClassEnhancers): () => void {
  // A class decorator may return a proxy: Nest 10 asks the class behind it, Nest 11 and 12 ask the proxy.
  const behind = (metatype.prototype as { constructor?: Type } | undefined)?.constructor ?? metatype;
  const targets = new Set([metatype, behind]);
  const added = [...targets].flatMap((target) => [
    prepend(target, GUARDS, guard),
    prepend(target, INTERCEPTORS, interceptor),
  ]);
  return () => added.forEach((remove) => remove());
}

function prepend(target: Type, key: string, enhancer: Enhancer | undefined): () => void {
  const list = (Reflect.getMetadata(key, target) ?? []) as readonly unknown[];
  const others = list.filter((one) => !isOurs(one));
  if (enhancer === undefined) {
    if (others.length < list.length) Reflect.defineMetadata(key, others, target);
    return () => undefined;
  }
  Object.defineProperty(enhancer, OURS, { value: true, configurable: true });
  Reflect.defineMetadata(key, [enhancer, ...others], target);
  return () => {
    const now = (Reflect.getOwnMetadata(key, target) ?? []) as readonly unknown[];
    if (now.includes(enhancer)) Reflect.defineMetadata(key, without(now, enhancer), target);
  };
}

const without = (list: readonly unknown[], enhancer: Enhancer): readonly unknown[] =>
  list.filter((one) => one !== enhancer);

const isOurs = (value: unknown): boolean =>
  (typeof value === 'object' || typeof value === 'function') && value !== null && OURS in value;
