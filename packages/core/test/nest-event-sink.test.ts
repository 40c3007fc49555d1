import type { ModuleRef } from '@nestjs/core';
import { Logger } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { setImmediate as turn } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { NestEventSink } from '../src/nest';

const unhandled: unknown[] = [];
const remember = (reason: unknown): void => void unhandled.push(reason);
beforeAll(() => void process.on('unhandledRejection', remember));
afterAll(() => void process.off('unhandledRejection', remember));

const throwing = (): never => {
  throw new Error('broken');
};
const rejecting = async (thrown: unknown): Promise<never> => {
  throw thrown;
};
/** Everything one can do to it throws. */
const trapped = new Proxy({}, Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((trap) => [trap, throwing])));
const revoked = Proxy.revocable({}, {});
revoked.revoke();

const ODD: readonly (readonly [what: string, thrown: unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['a symbol', Symbol('odd')],
  ['an object without a prototype', Object.create(null)],
  ['an object whose conversion throws', { toString: throwing, [Symbol.toPrimitive]: throwing }],
  ['an object whose properties throw', Object.defineProperty({}, 'message', { get: throwing, enumerable: true })],
  ['an object whose kind throws', Object.defineProperty(Object.create({}), Symbol.toStringTag, { get: throwing })],
  ['an object that shows itself by throwing', { [Symbol.for('nodejs.util.inspect.custom')]: throwing }],
  ['an error whose stack throws', Object.defineProperty(new Error('odd'), 'stack', { get: throwing })],
  ['a proxy whose traps throw', trapped],
  ['a proxy that was revoked', revoked.proxy],
];

describe('the events of an application', () => {
  const emitter = new EventEmitter2();
  const sink = new NestEventSink({ get: () => emitter } as unknown as ModuleRef);
  const heard = vi.fn();
  let logged: { mock: { calls: unknown[][] } };
  beforeEach(() => {
    sink.onModuleInit();
    logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  });
  afterEach(() => {
    emitter.removeAllListeners();
    unhandled.length = 0;
    vi.restoreAllMocks();
    heard.mockReset();
  });

  /** Emits with listeners of which all but the last fail with the same. */
  const emitTo = async (...listeners: (() => unknown)[]): Promise<void> => {
    for (const listener of [...listeners, heard]) emitter.on('happened', listener);
    sink.emit('happened', { some: 'thing' });
    await turn();
    await turn();
  };

  it.each(ODD)('go on when a listener throws, or rejects with, %s', async (_what, thrown) => {
    await emitTo(
      () => {
        throw thrown;
      },
      () => rejecting(thrown),
      () => turn().then(() => rejecting(thrown)),
    );
    await vi.waitFor(() => expect(logged.mock.calls).toHaveLength(3));
    expect(unhandled).toEqual([]);
    expect(heard).toHaveBeenCalledExactlyOnceWith({ some: 'thing' });
    for (const call of logged.mock.calls) expect(call[0]).toBe('A listener of "happened" failed');
  });

  it('tell the log where a listener failed, or with what', async () => {
    await emitTo(
      () => Promise.reject(new Error('no luck')),
      () => rejecting(Symbol('odd')),
    );
    expect(logged.mock.calls.map(([, detail]) => detail)).toEqual([
      expect.stringMatching(/^Error: no luck\n +at /),
      'Symbol(odd)',
    ]);
  });

  it('go on when a listener rejects with a promise of another realm', async () => {
    await emitTo(() => runInNewContext('Promise.reject(1)') as unknown);
    expect(unhandled).toEqual([]);
    expect(logged.mock.calls).toEqual([['A listener of "happened" failed', '1']]);
  });

  it('go on when not even the log works', async () => {
    vi.spyOn(Logger.prototype, 'error').mockImplementation(throwing);
    await emitTo(throwing, () => Promise.reject(new Error('no luck')));
    expect(unhandled).toEqual([]);
    expect(heard).toHaveBeenCalledOnce();
  });
});
