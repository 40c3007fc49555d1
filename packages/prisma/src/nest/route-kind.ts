import type { Type } from '@nestjs/common';

/**
 * Where Nest 10 to 12 keep what decorators say of a handler. Nest exports these names from other places in each major; the
 * tests compare them with what the decorators leave.
 */
const METADATA = Object.freeze({
  path: 'path',
  serverSentEvents: '__sse__',
  parameters: '__routeArguments__',
  passthrough: '__responsePassthrough__',
});

/** Numbers of `@Res()` and `@Next()` among Nest's parameter types. */
const RESPONSE_PARAMETER = /^[12]:/;

/** A handler function of a controller. */
export type Handler = (...args: never[]) => unknown;

/**
 * How a handler answers: `value` returns what Nest sends; `stream` goes on sending after it has returned; `own` sends the
 * response itself.
 */
export type RouteKind = 'value' | 'stream' | 'own';

/**
 * Tells how a handler answers.
 *
 * @param controller - the class of the handler
 * @param handler - the handler
 */
export function routeKind(controller: Type, handler: Handler): RouteKind {
  if (Reflect.hasMetadata(METADATA.serverSentEvents, handler)) return 'stream';
  const name = handlerNames(controller).find((key) => methodOf(controller, key) === handler) ?? handler.name;
  const parameters = Reflect.getMetadata(METADATA.parameters, controller, name) as object | undefined;
  const takesResponse = Object.keys(parameters ?? {}).some((key) => RESPONSE_PARAMETER.test(key));
  return takesResponse && Reflect.getMetadata(METADATA.passthrough, controller, name) !== true ? 'own' : 'value';
}

/**
 * Lists the handlers of a controller, those it inherits included.
 *
 * @param controller - the class
 */
export function handlersOf(controller: Type): readonly Handler[] {
  const methods = handlerNames(controller).map((key) => methodOf(controller, key));
  return methods.filter(
    (method): method is Handler => method !== undefined && Reflect.hasMetadata(METADATA.path, method),
  );
}

function handlerNames(controller: Type): readonly string[] {
  const names = new Set<string>();
  let prototype = controller.prototype as object | null;
  for (; prototype !== null && prototype !== Object.prototype; prototype = Object.getPrototypeOf(prototype) as object) {
    for (const name of Object.getOwnPropertyNames(prototype)) names.add(name);
  }
  names.delete('constructor');
  return [...names];
}

/** Read from its descriptor: a getter must not run. */
function methodOf(controller: Type, name: string): Handler | undefined {
  let holder = controller.prototype as object | null;
  while (holder !== null && !Object.hasOwn(holder, name)) holder = Object.getPrototypeOf(holder) as object | null;
  const value: unknown = holder === null ? undefined : Object.getOwnPropertyDescriptor(holder, name)?.value;
  return typeof value === 'function' ? (value as Handler) : undefined;
}
