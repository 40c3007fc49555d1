import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type CacheStore, GuardedStore } from '../../src/cache/cache-store';

const throwing = (): never => {
  throw new Error('broken');
};
const failing = (reason: unknown): GuardedStore => {
  const fail = async (): Promise<never> => {
    throw reason;
  };
  return new GuardedStore({ get: fail, set: fail, del: fail } satisfies CacheStore, 1000);
};
const trapped = new Proxy(new Error('odd'), { getPrototypeOf: throwing, get: throwing });

let warned: { mock: { calls: unknown[][] } };
beforeEach(() => {
  warned = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());

it.each<[string, unknown, string]>([
  ['an error', new Error('connect ECONNREFUSED'), 'connect ECONNREFUSED'],
  ['a text', 'gone', "'gone'"],
  ['nothing', undefined, 'undefined'],
  ['a symbol', Symbol('odd'), 'Symbol(odd)'],
  ['an object without a prototype', Object.create(null), '[Object: null prototype]'],
  ['an object, of which no value is told', { key: 'tenant:4:acme', value: 'secret' }, '[Object]'],
  ['an object whose kind throws', Object.defineProperty({}, Symbol.toStringTag, { get: throwing }), 'cannot be shown'],
  [
    'an error whose message throws',
    Object.defineProperty(new Error(), 'message', { get: throwing }),
    'cannot be shown',
  ],
  ['a proxy whose traps throw', trapped, 'cannot be shown'],
])('a store that fails with %s is done without, and the log tells', async (_what, reason, told) => {
  const store = failing(reason);
  expect(await store.attempt((one) => one.get('key'))).toBeUndefined();
  expect(warned.mock.calls).toHaveLength(1);
  expect(warned.mock.calls[0]?.[0]).toContain(told);
  expect(warned.mock.calls[0]?.[0]).not.toMatch(/acme|secret/);
});

it('a store that fails is done without, also when the log is broken', async () => {
  vi.spyOn(Logger.prototype, 'warn').mockImplementation(throwing);
  expect(await failing(new Error('gone')).attempt((one) => one.get('key'))).toBeUndefined();
});
