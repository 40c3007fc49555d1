import { bindContext, currentContext, type RequestContext, runWithContext } from '@nestarc/core';
import type { ClientInternals } from './client-internals';

const capturingClients = new WeakSet<ClientInternals>();

/**
 * Makes the operations of the client that a transaction's callback is given run in the context they were *called* in. That
 * client makes its lazy promises by itself: without this, one that was made for another tenant would take over the tenant of
 * whoever awaits it, instead of being refused. Doing so again changes nothing.
 *
 * @param client - internals of the client
 */
export function captureContextAtItxCall(client: ClientInternals): void {
  if (capturingClients.has(client)) return;
  capturingClients.add(client);
  const create = client._createItxClient;
  client._createItxClient = function (transaction, ...rest) {
    return capturing(create.call(this, transaction, ...rest));
  };
}

/** A view of the client whose methods, and those of its models, bind the promises they return. */
function capturing(itxClient: object): object {
  const models = new WeakMap<object, object>();
  return new Proxy(itxClient, {
    get(target, key, receiver): unknown {
      const value: unknown = Reflect.get(target, key, receiver);
      if (typeof key === 'symbol' || key.startsWith('_') || key === '$parent') return value;
      if (typeof value === 'function') return key.startsWith('$') ? bindingPromises(value as AnyFunction) : value;
      if (typeof value !== 'object' || value === null) return value;
      const known = models.get(value);
      if (known !== undefined) return known;
      const model = new Proxy(value, {
        get: (delegate, name, self): unknown => {
          const member: unknown = Reflect.get(delegate, name, self);
          const isMethod = typeof member === 'function' && typeof name === 'string' && !name.startsWith('$');
          return isMethod ? bindingPromises(member as AnyFunction) : member;
        },
      });
      models.set(value, model);
      return model;
    },
  });
}

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

const bindingPromises = (method: AnyFunction): AnyFunction =>
  function (...args) {
    const result = method.apply(this, args);
    return isPrismaPromise(result) ? bound(result, currentContext()) : result;
  };

type PrismaPromise = PromiseLike<unknown> & {
  readonly [Symbol.toStringTag]: 'PrismaPromise';
};

const isPrismaPromise = (value: unknown): value is PrismaPromise =>
  typeof value === 'object' &&
  value !== null &&
  (value as Partial<PrismaPromise>)[Symbol.toStringTag] === 'PrismaPromise';

const STARTERS = ['then', 'catch', 'finally', 'requestTransaction'];

/** The same promise, started in the context of the call. What its relations return, in the fluent API, is bound as well. */
function bound(promise: PrismaPromise, called: RequestContext | undefined): PrismaPromise {
  return new Proxy(promise, {
    get(target, key): unknown {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      const method = value as AnyFunction;
      if (typeof key !== 'string' || !STARTERS.includes(key)) {
        return (...args: unknown[]) => {
          const result = method.apply(target, args);
          return isPrismaPromise(result) ? bound(result, called) : result;
        };
      }
      return (...args: unknown[]) => {
        if (currentContext() === called) return method.apply(target, args);
        const handlers = args.map((arg) => (typeof arg === 'function' ? bindContext(arg as AnyFunction) : arg));
        return runWithContext(called, () => method.apply(target, handlers));
      };
    },
  });
}
