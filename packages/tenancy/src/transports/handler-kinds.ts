import type { Type } from '@nestjs/common';
import { BYPASS_TENANCY_KEY, TENANT_OPTIONAL_KEY } from '../tenancy.tokens';

/**
 * What decorators leave behind, in @nestjs/websockets, @nestjs/microservices and @nestjs/graphql. The names are the same in
 * the majors this package runs on; they are repeated because these packages are not there in every application.
 */
const GATEWAY = 'websockets:is_gateway';
const GATEWAY_MESSAGE = 'websockets:message_mapping';
const GATEWAY_PORT = 'port';
const GATEWAY_OPTIONS = 'websockets:gateway_options';
const PATTERN_HANDLER = 'microservices:handler_type';
const RESOLVER = 'graphql:resolver_type';
const FIELD_RESOLVER = 'graphql:resolve_property';
const REFERENCE_RESOLVER = 'graphql:resolve_reference';

/** `PatternHandler.EVENT` of @nestjs/microservices. */
const EVENT_HANDLER = 2;
const ROOT_TYPES: ReadonlySet<unknown> = new Set(['Query', 'Mutation', 'Subscription']);

type Handler = (...args: never[]) => unknown;

/**
 * Tells whether a class is a WebSocket gateway.
 *
 * @param metatype - the class
 */
export function isGateway(metatype: Type): boolean {
  return Reflect.hasMetadata(GATEWAY, metatype);
}

/**
 * Names the server a gateway listens on: gateways with the same name share their connections.
 *
 * @param metatype - the class of the gateway
 */
export function serverOf(metatype: Type): string {
  const options = (Reflect.getMetadata(GATEWAY_OPTIONS, metatype) ?? {}) as {
    path?: string;
    namespace?: string | RegExp;
  };
  const port: unknown = Reflect.getMetadata(GATEWAY_PORT, metatype);
  return JSON.stringify([port ?? 0, options.path ?? '', String(options.namespace ?? '')]);
}

/**
 * Gives the methods of a gateway that answer messages.
 *
 * @param metatype - the class of the gateway
 */
export function messageHandlersOf(metatype: Type): readonly Handler[] {
  return methodsOf(metatype).filter((method) => Reflect.hasMetadata(GATEWAY_MESSAGE, method));
}

/**
 * Tells whether a controller answers messages of microservices.
 *
 * @param metatype - the class of the controller
 */
export function hasPatternHandlers(metatype: Type): boolean {
  return methodsOf(metatype).some((method) => Reflect.hasMetadata(PATTERN_HANDLER, method));
}

/**
 * Tells whether nobody waits for the answer of a handler.
 *
 * @param handler - the method
 */
export function isEventHandler(handler: object): boolean {
  return Reflect.getMetadata(PATTERN_HANDLER, handler) === EVENT_HANDLER;
}

/**
 * Tells whether a resolver of GraphQL has operations that may run without a tenant.
 *
 * @param metatype - the class of the resolver
 */
export function hasOpenOperations(metatype: Type): boolean {
  const operations = methodsOf(metatype).filter((method) => ROOT_TYPES.has(Reflect.getMetadata(RESOLVER, method)));
  return operations.some((method) => demandOf(method, metatype) !== 'required');
}

/** A method that resolves something of GraphQL without being a query, a mutation or a subscription. */
export interface FieldResolver {
  /** Name of the method. */
  readonly name: string;
  /** Whether it is asked for by clients directly: of references, or of a field of a root type. */
  readonly isEntry: boolean;
}

/**
 * Gives the methods of a resolver, among those that need a tenant, for which Nest runs no guards of its own accord.
 *
 * @param metatype - the class of the resolver
 */
export function fieldResolversOf(metatype: Type): readonly FieldResolver[] {
  const isOfRoot = ROOT_TYPES.has(Reflect.getMetadata(RESOLVER, metatype));
  return methodsOf(metatype).flatMap((method) => {
    const isReference = Reflect.hasMetadata(REFERENCE_RESOLVER, method);
    const isField = Reflect.hasMetadata(FIELD_RESOLVER, method);
    if (!(isReference || isField) || demandOf(method, metatype) === 'bypassed') return [];
    return [{ name: method.name, isEntry: isReference || isOfRoot }];
  });
}

/**
 * Tells what a handler says about tenants; see `TenantDemands`.
 *
 * @param targets - the handler, then its class
 */
export function demandOf(...targets: readonly object[]): 'required' | 'optional' | 'bypassed' {
  for (const target of targets) {
    if (Reflect.getMetadata(BYPASS_TENANCY_KEY, target) === true) return 'bypassed';
    if (Reflect.getMetadata(TENANT_OPTIONAL_KEY, target) === true) return 'optional';
  }
  return 'required';
}

function methodsOf(metatype: Type): readonly Handler[] {
  const methods = new Map<string, Handler>();
  for (
    let prototype = metatype.prototype as object | null;
    prototype !== null && prototype !== undefined && prototype !== Object.prototype;
    prototype = Object.getPrototypeOf(prototype) as object | null
  ) {
    for (const name of Object.getOwnPropertyNames(prototype)) {
      const value: unknown = Object.getOwnPropertyDescriptor(prototype, name)?.value;
      if (typeof value === 'function' && name !== 'constructor' && !methods.has(name)) {
        methods.set(name, value as Handler);
      }
    }
  }
  return [...methods.values()];
}
