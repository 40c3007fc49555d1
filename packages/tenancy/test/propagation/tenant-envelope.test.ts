import { InvalidOptionsError, InvalidTenantIdError } from '@nestarc/core';
import { createHmac } from 'node:crypto';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { TenantProofInvalidError } from '../../src/errors/tenant-proof-invalid.error';
import type { TenantEnvelopeContent } from '../../src/propagation/tenant-envelope-content';
import { createTenantEnvelope } from '../../src/propagation/tenant-envelope';
import { seededRandom } from '../load/seeded-random';
import { envelopeWith, HOSTILE_IDS, KEY, OTHER_KEY, thrownBy } from './propagation-fixture';

const MINUTE = 60_000;
const envelope = envelopeWith();
const content = { tenantId: 'acme', actor: { type: 'user', id: 'u-1' }, requestId: 'r-1' };

/** Signs a payload as one who holds the key does. */
function forge(payload: unknown, { id, secret } = KEY): string {
  const json = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const signed = `v1.${id}.${Buffer.from(json).toString('base64url')}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

const reasonOf = (callback: () => unknown): string => {
  const error = thrownBy(callback);
  expect(error).toBeInstanceOf(TenantProofInvalidError);
  expect(error).toMatchObject({ status: 401, code: 'TENANT_PROOF_INVALID', message: 'The credentials are not valid' });
  return ((error as Error).cause as Error).message.replace('The envelope is refused: ', '');
};

/** Tells whether a text is refused as it must be; thousands of texts are looked at. */
const isRefused = (text: string): boolean => {
  try {
    envelope.open(text, 'http');
    return false;
  } catch (error) {
    return error instanceof TenantProofInvalidError;
  }
};

afterEach(() => vi.useRealTimers());

describe('an envelope', () => {
  it('gives back what was sealed', () => {
    vi.useFakeTimers({ now: 1_700_000_000_000 });
    const opened = envelope.open(envelope.seal(content, 'http'), 'http');
    expect(opened).toEqual({ ...content, purpose: 'http', issuedAtMs: 1_700_000_000_000 });
    expect(Object.isFrozen(opened) && Object.isFrozen(opened.actor)).toBe(true);
  });

  it('needs a tenant only', () => {
    expect(envelope.open(envelope.seal({ tenantId: 'acme' }, 'http'), 'http')).toMatchObject({
      tenantId: 'acme',
      actor: undefined,
      requestId: undefined,
    });
  });

  it('is a text that any header can carry', () => {
    const sealed = envelope.seal({ tenantId: 'Zoë, 株式会社', requestId: 'a;b="c"' }, 'kafka');
    expect(sealed).toMatch(/^v1\.k1\.[\w-]+\.[\w-]{43}$/);
    expect(envelope.open(sealed, 'kafka')).toMatchObject({ tenantId: 'Zoë, 株式会社', requestId: 'a;b="c"' });
  });

  it('carries the longest ids', () => {
    const longest = '株'.repeat(255);
    const wide = envelopeWith({ keys: [{ ...KEY, id: 'k'.repeat(64) }], audience: '"'.repeat(255) });
    const extreme = { tenantId: longest, actor: { type: longest, id: longest }, requestId: longest };
    const sealed = wide.seal(extreme, 'p'.repeat(32));
    expect(wide.open(sealed, 'p'.repeat(32))).toMatchObject(extreme);
    expect(sealed.length).toBeGreaterThan(4_900);
  });

  it('is refused when any character of it was changed, left out, doubled or added', () => {
    const sealed = envelope.seal(content, 'http');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\0';
    const texts = [`${sealed}A`, `${sealed}=`, `${sealed}\n`, ` ${sealed}`, sealed.toUpperCase()];
    for (let at = 0; at < sealed.length; at += 1) {
      const [before, after] = [sealed.slice(0, at), sealed.slice(at + 1)];
      texts.push(...[...alphabet].map((other) => before + other + after));
      texts.push(before + after, before + sealed[at] + sealed.slice(at), `${before}A${sealed.slice(at)}`, before);
    }
    const others = texts.filter((text) => text !== sealed);
    expect(others.length).toBeGreaterThan(10_000);
    expect(others.filter((text) => !isRefused(text))).toEqual([]);
  });

  it('is refused with the parts of two put together', () => {
    const [a, b] = [envelope.seal(content, 'http'), envelope.seal({ tenantId: 'globex' }, 'http')].map((text) =>
      text.split('.'),
    );
    expect(reasonOf(() => envelope.open([...a!.slice(0, 3), b![3]].join('.'), 'http'))).toBe('its signature is wrong');
    expect(reasonOf(() => envelope.open([...b!.slice(0, 3), a![3]].join('.'), 'http'))).toBe('its signature is wrong');
  });

  it.each(['acme', '', 'v1', 'v1.k1.e30', 'v2.k1.e30.AA', 'v1..e30.AA'])('is refused when it is none: "%s"', (text) => {
    expect(reasonOf(() => envelope.open(text, 'http'))).toBe('it is not of version 1');
  });

  it('is refused by its length, before anything is computed over it', () => {
    const long = `v1.k1.${'A'.repeat(1_000_000)}.${'A'.repeat(43)}`;
    expect(reasonOf(() => envelope.open(long, 'http'))).toBe('it is too long');
  });

  it.each([undefined, null, 7, {}, [], Buffer.from('v1'), Symbol('v1'), ['v1.k1.e30.AA']])(
    'is refused when it is not a text: %s',
    (value) => {
      expect(reasonOf(() => envelope.open(value as never, 'http'))).toBe('it is not a text');
    },
  );

  it('tells nothing but TENANT_PROOF_INVALID of whatever it is given', () => {
    const random = seededRandom(Number(process.env['NESTARC_SEED'] ?? 4));
    const pick = (limit: number): number => Math.floor(random() * limit);
    const sealed = [envelope.seal(content, 'http'), envelope.seal({ tenantId: 'globex' }, 'kafka')];
    const pieces = ['v1', 'v', '.', '..', 'k1', '__proto__', 'constructor', 'e30', '=', '\0', '\uD800', 'ÿ', '%', '{}'];
    for (let round = 0; round < 20_000; round += 1) {
      let text = random() < 0.5 ? sealed[pick(2)]! : '';
      for (let edit = pick(6); edit >= 0; edit -= 1) {
        const at = pick(text.length + 1);
        const piece = random() < 0.5 ? pieces[pick(pieces.length)]! : String.fromCharCode(pick(0x3000));
        text = text.slice(0, at) + piece + text.slice(at + pick(4));
      }
      if (!isRefused(text) && text !== sealed[0]) expect.unreachable(JSON.stringify(text));
    }
  });
});

describe('a payload that was signed with the key', () => {
  const good = { iat: Date.now(), pur: 'http', tid: 'acme' };

  it('is understood as it is written', () => {
    expect(envelope.open(forge(good), 'http').tenantId).toBe('acme');
  });

  it.each<[string, unknown]>([
    ['no JSON', '{"iat":'],
    ['nothing', ''],
    ['null', null],
    ['a list', [good]],
    ['a text', JSON.stringify('acme')],
    ['an unknown field', { ...good, admin: true }],
    ['a prototype', `{"iat":${good.iat},"pur":"http","tid":"acme","__proto__":{"rid":"r"}}`],
    ['a constructor', { ...good, constructor: { prototype: {} } }],
    ['no tenant', { iat: good.iat, pur: 'http' }],
    ['no purpose', { iat: good.iat, tid: 'acme' }],
    ['no time', { pur: 'http', tid: 'acme' }],
    ['a time that is text', { ...good, iat: String(good.iat) }],
    ['a time that is no integer', { ...good, iat: 1.5 }],
    ['an endless time', `{"iat":1e999,"pur":"http","tid":"acme"}`],
    ['an actor that is a text', { ...good, act: 'u-1' }],
    ['an actor of three parts', { ...good, act: ['user', 'u-1', 'root'] }],
    ['an actor with control characters', { ...good, act: ['user', 'u\0'] }],
    ['a request of 256 characters', { ...good, rid: 'r'.repeat(256) }],
    ['a tenant that is a list', { ...good, tid: ['acme'] }],
    ...Object.entries(HOSTILE_IDS)
      .filter(([name]) => name !== 'two ids, joined')
      .map(([name, tid]): [string, unknown] => [`a tenant that is hostile (${name})`, { ...good, tid }]),
  ])('is refused when it is %s', (_, payload) => {
    reasonOf(() => envelope.open(forge(payload), 'http'));
    expect(({} as Record<string, unknown>)['rid']).toBeUndefined();
  });
});

describe('keys', () => {
  const before = envelopeWith({ keys: [KEY] });
  const during = envelopeWith({ keys: [OTHER_KEY, KEY] });
  const after = envelopeWith({ keys: [OTHER_KEY] });

  it('are exchanged one service at a time: the first one seals, every one opens', () => {
    const [old, fresh] = [before.seal(content, 'http'), during.seal(content, 'http')];
    expect([old, fresh].map((text) => text.split('.')[1])).toEqual(['k1', 'k2']);
    expect(during.open(old, 'http').tenantId).toBe('acme');
    expect(after.open(fresh, 'http').tenantId).toBe('acme');
    expect(reasonOf(() => after.open(old, 'http'))).toBe('it names a key that is not known');
  });

  it('are told apart by more than their name', () => {
    const impostor = envelopeWith({ keys: [{ ...KEY, secret: OTHER_KEY.secret }] });
    expect(reasonOf(() => envelope.open(impostor.seal(content, 'http'), 'http'))).toBe('its signature is wrong');
    expect(reasonOf(() => during.open(before.seal(content, 'http').replace('k1', 'k2'), 'http'))).toBe(
      'its signature is wrong',
    );
  });

  it('may be bytes', () => {
    const bytes = envelopeWith({ keys: [{ ...KEY, secret: new TextEncoder().encode(KEY.secret) }] });
    expect(envelope.open(bytes.seal(content, 'http'), 'http').tenantId).toBe('acme');
  });

  it('are not printed', () => {
    const printed = inspect(envelope, { depth: 9, showHidden: true }) + JSON.stringify(envelope);
    expect(printed).not.toContain(KEY.secret);
  });
});

describe('the purpose', () => {
  it('keeps an envelope from a topic from being used as a header', () => {
    const sealed = envelope.seal(content, 'kafka');
    expect(envelope.open(sealed, 'kafka').tenantId).toBe('acme');
    for (const purpose of ['http', 'Kafka', 'kafka2', '', [], ['http', 'grpc']]) {
      expect(reasonOf(() => envelope.open(sealed, purpose))).toBe('it was sealed for another purpose');
    }
  });

  it('may be one of several', () => {
    expect(envelope.open(envelope.seal(content, 'nats'), ['http', 'nats']).purpose).toBe('nats');
  });

  it.each(['', 'HTTP', 'ht tp', 'a'.repeat(33), '__proto__'])('is a word, and not "%s"', (purpose) => {
    expect(() => envelope.seal(content, purpose)).toThrow(InvalidOptionsError);
  });
});

describe('the audience', () => {
  const [billing, search] = [envelopeWith({ audience: 'billing' }), envelopeWith({ audience: 'search' })];

  it('is the only one that can open an envelope', () => {
    const sealed = billing.seal(content, 'http');
    expect(billing.open(sealed, 'http').tenantId).toBe('acme');
    for (const other of [search, envelope]) {
      expect(reasonOf(() => other.open(sealed, 'http'))).toBe('it was sealed for another audience');
    }
  });

  it('does not open an envelope that is for nobody in particular', () => {
    expect(reasonOf(() => billing.open(envelope.seal(content, 'http'), 'http'))).toBe(
      'it was sealed for another audience',
    );
  });
});

describe('the age', () => {
  const openedAfter = (ageMs: number, purpose: string, options = {}): (() => unknown) => {
    const aged = envelopeWith(options);
    vi.useFakeTimers({ now: 1_700_000_000_000 });
    const sealed = aged.seal(content, purpose);
    vi.setSystemTime(1_700_000_000_000 + ageMs);
    return () => aged.open(sealed, purpose);
  };

  it.each(['http', 'grpc', 'nats'])('is at most five minutes and the tolerance for %s', (purpose) => {
    expect(openedAfter(5 * MINUTE + 5_000, purpose)).not.toThrow();
    expect(reasonOf(openedAfter(5 * MINUTE + 5_001, purpose))).toBe('it is too old');
  });

  it.each(['kafka', 'bull', 'rmq'])('does not matter for %s, whose messages lie in queues', (purpose) => {
    expect(openedAfter(365 * 24 * 60 * MINUTE, purpose)).not.toThrow();
  });

  it('is not less than nothing, for a queue either', () => {
    expect(openedAfter(-5_000, 'kafka')).not.toThrow();
    expect(reasonOf(openedAfter(-5_001, 'kafka'))).toBe('it was sealed in the future');
  });

  it('may be set for all purposes', () => {
    const options = { maxAgeMs: 1_000, clockToleranceMs: 0 };
    expect(openedAfter(1_000, 'kafka', options)).not.toThrow();
    expect(reasonOf(openedAfter(1_001, 'kafka', options))).toBe('it is too old');
    expect(openedAfter(99 * MINUTE, 'http', { maxAgeMs: null })).not.toThrow();
  });

  it('may be set by purpose, and stays as it is for the others', () => {
    const options = { maxAgeMs: { kafka: 1_000, http: null }, clockToleranceMs: 0 };
    expect(reasonOf(openedAfter(1_001, 'kafka', options))).toBe('it is too old');
    expect(openedAfter(99 * MINUTE, 'http', options)).not.toThrow();
    expect(openedAfter(99 * MINUTE, 'bull', options)).not.toThrow();
    expect(reasonOf(openedAfter(6 * MINUTE, 'grpc', options))).toBe('it is too old');
  });
});

describe('what is sealed', () => {
  it.each(Object.entries(HOSTILE_IDS).filter(([name]) => name !== 'two ids, joined'))(
    'has no hostile tenant id: %s',
    (_, tenantId) => {
      expect(() => envelope.seal({ tenantId } as TenantEnvelopeContent, 'http')).toThrow(InvalidTenantIdError);
    },
  );

  it.each([
    ['actor.id', { actor: { type: 'user', id: '' } }],
    ['actor.type', { actor: { type: 'us\0er', id: 'u' } }],
    ['requestId', { requestId: 'r'.repeat(256) }],
    ['', { role: 'admin' }],
  ])('has no other fields, and no malformed ones: "%s"', (path, more) => {
    const error = thrownBy(() => envelope.seal({ tenantId: 'acme', ...more }, 'http'));
    expect(error).toBeInstanceOf(InvalidOptionsError);
    expect((error as InvalidOptionsError).problems.map((problem) => problem.path)).toEqual([path]);
  });
});

describe('the options of an envelope', () => {
  it.each<[string, unknown]>([
    ['keys', {}],
    ['keys[0]', { keys: [] }],
    ['keys[0].secret', { keys: [{ id: 'k1', secret: 'a'.repeat(31) }] }],
    ['keys[0].secret', { keys: [{ id: 'k1', secret: new Uint8Array(31) }] }],
    ['keys[0].secret', { keys: [{ id: 'k1' }] }],
    ['keys[0].id', { keys: [{ ...KEY, id: 'a.b' }] }],
    ['keys[1].id', { keys: [KEY, KEY] }],
    ['keys[1].secret', { keys: [KEY, { id: 'k2', secret: 'short' }] }],
    ['audience', { keys: [KEY], audience: '' }],
    ['maxAgeMs', { keys: [KEY], maxAgeMs: 0 }],
    ['maxAgeMs.kafka', { keys: [KEY], maxAgeMs: { kafka: -1 } }],
    ['clockToleranceMs', { keys: [KEY], clockToleranceMs: -1 }],
    ['', { keys: [KEY], maxAge: 5 }],
  ])('are refused by their path: "%s"', (path, options) => {
    const error = thrownBy(() => createTenantEnvelope(options as never));
    expect(error).toBeInstanceOf(InvalidOptionsError);
    expect((error as InvalidOptionsError).problems.map((problem) => problem.path)).toEqual([path]);
    expect((error as Error).message).not.toContain('aaa');
  });
});
