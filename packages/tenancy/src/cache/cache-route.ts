import type { ExecutionContext } from '@nestjs/common';
import type { HttpAdapterHost, Reflector } from '@nestjs/core';

/** Where `@Version()`, and the controller's own `version` and `host`, are; Nest's entry points export none of the names. */
const VERSION_METADATA = '__version__';
const HOST_METADATA = 'host';

/**
 * Names the handler that Nest has chosen for a request, as text that is different for all handlers of one URL: beside
 * method and path Nest chooses by version, which may be in a header, and by host. Names alone could be those of two
 * classes; with both of these they are not, as the first handler that matches gets every such request.
 *
 * @param execution - what Nest is about to run
 * @param reflector - reads metadata
 * @param adapter - tells the host of a request
 */
export function routeOf(
  execution: ExecutionContext,
  reflector: Reflector,
  adapter: HttpAdapterHost['httpAdapter'] | undefined,
): string {
  const [handler, controller] = [execution.getHandler(), execution.getClass()];
  const version: unknown = reflector.getAllAndOverride(VERSION_METADATA, [handler, controller]);
  const bound = reflector.get<unknown>(HOST_METADATA, controller) !== undefined;
  // The host itself, because its parameters (":shop.example.com") may be in the answer.
  const host: unknown = bound ? adapter?.getRequestHostname(execution.switchToHttp().getRequest()) : undefined;
  return JSON.stringify([controller.name, handler.name, [version ?? []].flat().map(text), text(host)]);
}

/** Null is what is not a text: the symbol of a neutral version, a host that is not there. */
function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
