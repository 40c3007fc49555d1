import type { Type } from '@nestjs/common';
import type { GatewayAdmission } from './gateway-admission';

/** What Nest calls on gateways. */
type Hook = (this: object, client: object, ...rest: unknown[]) => unknown;

/** The hook that a watching one stands for. */
const WATCHED = Symbol.for('@nestarc/tenancy:watched');

type WatchingHook = Hook & { readonly [WATCHED]?: { readonly hook: Hook | undefined } };

type HookName = 'handleConnection' | 'handleDisconnect';

/**
 * Has the connections of a gateway decided about before the gateway hears of them. Nest looks for the methods when it
 * registers the gateway, and tells nobody else which request has opened a WebSocket.
 *
 * @param metatype - the class of the gateway
 * @param admission - decides
 * @returns takes the watch away again
 */
export function watchGateway(metatype: Type, admission: GatewayAdmission): () => void {
  const unwatch = [
    replaceHook(metatype, 'handleConnection', (hook) => {
      return function handleConnection(client, ...rest) {
        return admission.connect({ gateway: this, metatype, client, argument: rest[0] }, () =>
          hook()?.call(this, client, ...rest),
        );
      };
    }),
    replaceHook(metatype, 'handleDisconnect', (hook) => {
      return function handleDisconnect(client, ...rest) {
        return admission.disconnect(this, client, () => hook()?.call(this, client, ...rest));
      };
    }),
  ];
  return () => unwatch.forEach((undo) => undo());
}

function replaceHook(metatype: Type, name: HookName, watch: (hook: () => Hook | undefined) => Hook): () => void {
  const prototype = metatype.prototype as Partial<Record<HookName, WatchingHook>>;
  const own = Object.getOwnPropertyDescriptor(prototype, name)?.value as WatchingHook | undefined;
  const previous = own?.[WATCHED] === undefined ? own : own[WATCHED].hook;
  // Of a class that inherits the method, when it is called: the class it inherits from may be watched itself.
  const hook = (): Hook | undefined => previous ?? unwatched(inherited(prototype, name));
  const watching = Object.assign(watch(hook), { [WATCHED]: { hook: previous } });
  define(prototype, name, watching);
  return () => {
    if (prototype[name] !== watching) return;
    if (previous === undefined) delete prototype[name];
    else define(prototype, name, previous);
  };
}

function inherited(prototype: object, name: HookName): WatchingHook | undefined {
  const parent = Object.getPrototypeOf(prototype) as Partial<Record<HookName, WatchingHook>> | null;
  return parent?.[name];
}

function unwatched(hook: WatchingHook | undefined): Hook | undefined {
  return hook?.[WATCHED] === undefined ? hook : hook[WATCHED].hook;
}

function define(prototype: object, name: HookName, value: Hook): void {
  Object.defineProperty(prototype, name, { value, writable: true, configurable: true, enumerable: false });
}
