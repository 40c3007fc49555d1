import type { Type } from '@nestjs/common';
import type { GatewayOwner } from './gateway-owner';

/** What Nest calls on gateways. */
type Hook = (this: object, client: object, ...rest: unknown[]) => unknown;

/** The hook that a watching one stands for; of this copy of the package only, because another has other applications. */
const WATCHED = Symbol('@nestarc/tenancy:watched');

type WatchingHook = Hook & { readonly [WATCHED]?: { readonly hook: Hook | undefined } };

type HookName = 'handleConnection' | 'handleDisconnect';

interface Watch {
  readonly owners: Set<GatewayOwner>;
  readonly end: () => void;
}

/** The applications of a process may share classes, and Nest 10 looks the methods up for each connection. */
const watches = new WeakMap<Type, Watch>();

const ownerOf = new WeakMap<object, GatewayOwner>();

/**
 * Has the connections of a gateway decided about before the gateway hears of them. Nest looks for the methods when it
 * registers the gateway, and tells nobody else which request has opened a WebSocket. Gateways of applications that watch
 * nothing hear of their connections as if nothing was there.
 *
 * @param metatype - the class of the gateway
 * @param owner - the application that decides about the connections to its own instances
 * @returns takes the watch away again, with the last application
 */
export function watchGateway(metatype: Type, owner: GatewayOwner): () => void {
  const watch = watches.get(metatype) ?? beginWatch(metatype);
  watch.owners.add(owner);
  watches.set(metatype, watch);
  return () => {
    watch.owners.delete(owner);
    if (watch.owners.size > 0 || watches.get(metatype) !== watch) return;
    watches.delete(metatype);
    watch.end();
  };
}

function beginWatch(metatype: Type): Watch {
  const owners = new Set<GatewayOwner>();
  const find = (gateway: object, client: unknown): GatewayOwner | undefined => {
    const known = ownerOf.get(gateway);
    if (known !== undefined) return known;
    const found = [...owners].find((owner) => owner.owns(gateway, metatype, client));
    if (found !== undefined) ownerOf.set(gateway, found);
    return found;
  };
  const undo = [
    replaceHook(metatype, 'handleConnection', (hook) => {
      return function handleConnection(client, ...rest) {
        const tell = (): unknown => hook()?.call(this, client, ...rest);
        const owner = find(this, client);
        return owner === undefined
          ? tell()
          : owner.admission.connect({ gateway: this, metatype, client, argument: rest[0] }, tell);
      };
    }),
    replaceHook(metatype, 'handleDisconnect', (hook) => {
      return function handleDisconnect(client, ...rest) {
        const tell = (): unknown => hook()?.call(this, client, ...rest);
        const owner = find(this, client);
        return owner === undefined ? tell() : owner.admission.disconnect(this, client, tell);
      };
    }),
  ];
  return { owners, end: () => undo.forEach((one) => one()) };
}

function replaceHook(metatype: Type, name: HookName, watch: (hook: () => Hook | undefined) => Hook): () => void {
  const prototype = metatype.prototype as Partial<Record<HookName, WatchingHook>>;
  const previous = Object.getOwnPropertyDescriptor(prototype, name)?.value as WatchingHook | undefined;
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
