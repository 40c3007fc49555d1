import { headers as natsHeaders } from '@nats-io/transport-node';
import { describe, expect, it } from 'vitest';
import { RepeatedHeaderError } from '../../src/errors/repeated-header.error';
import { type CarrierKind, headersOfCarrier } from '../../src/propagation/carrier-headers';
import { KafkaTenantPropagator } from '../../src/propagation/kafka-tenant.propagator';
import { singleHeader } from '../../src/request/single-header';
import { Metadata } from './grpc-metadata';
import { tenantOf } from './propagation-fixture';

type Pair = readonly [name: string, value: string];

/** Makes each kind of carrier from pairs, as its client would. */
const MAKE: Readonly<Record<Exclude<CarrierKind, 'bull'>, (pairs: readonly Pair[]) => unknown>> = {
  kafka: (pairs) => ({ topic: 't', value: Buffer.from('{}'), headers: grouped(pairs, Buffer.from) }),
  grpc(pairs) {
    const metadata = new Metadata();
    for (const [name, value] of pairs) metadata.add(name, value);
    return metadata;
  },
  nats(pairs) {
    const headers = natsHeaders();
    for (const [name, value] of pairs) headers.append(name, value);
    return headers;
  },
  rmq: (pairs) => ({
    content: Buffer.from('{}'),
    fields: {},
    properties: { headers: grouped(pairs), contentType: 'x' },
  }),
  mqtt: (pairs) => ({ cmd: 'publish', topic: 't', properties: { userProperties: grouped(pairs) } }),
  record: (pairs) => grouped(pairs),
};

function grouped(pairs: readonly Pair[], make: (value: string) => unknown = (value) => value): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (const [name, value] of pairs) {
    record[name] = name in record ? [record[name], make(value)].flat() : make(value);
  }
  return record;
}

describe.each(Object.entries(MAKE))('the headers of a carrier of %s', (kind, make) => {
  it('have their names in lower case, whatever it looks like or is said to be', () => {
    const carrier = make([
      ['X-Tenant-Id', 'acme'],
      ['trace', 't-1'],
    ]);
    for (const options of [{}, { kind: kind as CarrierKind }]) {
      const request = headersOfCarrier(carrier, options);
      expect(request.headers).toMatchObject({ 'x-tenant-id': 'acme', trace: 't-1' });
      expect(singleHeader(request, 'x-tenant-id')).toBe('acme');
      expect(singleHeader(request, 'authorization')).toBeUndefined();
    }
  });

  it('are refused when one of them comes twice', () => {
    const carrier = make([
      ['x-tenant-id', 'acme'],
      ['x-tenant-id', 'acme'],
    ]);
    expect(() => singleHeader(headersOfCarrier(carrier), 'x-tenant-id')).toThrow(RepeatedHeaderError);
  });

  it('are refused when one of them comes in two cases', () => {
    const carrier = make([
      ['x-tenant-id', 'acme'],
      ['X-Tenant-ID', 'globex'],
    ]);
    const request = headersOfCarrier(carrier);
    expect(request.headers['x-tenant-id']).toEqual(['acme', 'globex']);
    expect(request.rawHeaders.filter((text) => text.toLowerCase() === 'x-tenant-id')).toHaveLength(2);
    expect(() => singleHeader(request, 'x-tenant-id')).toThrow(RepeatedHeaderError);
  });

  it('are none where there are none', () => {
    expect(Object.keys(headersOfCarrier(make([])).headers)).toEqual([]);
  });
});

describe('the headers of a message of NATS', () => {
  it('are found in the message, too', () => {
    const headers = natsHeaders();
    headers.set('X-Tenant-Id', 'acme');
    expect(singleHeader(headersOfCarrier({ subject: 's', headers, data: new Uint8Array() }), 'x-tenant-id')).toBe(
      'acme',
    );
    expect(
      headersOfCarrier({ subject: 's', headers: undefined, data: new Uint8Array() }, { kind: 'kafka' }).rawHeaders,
    ).toEqual([]);
  });
});

describe('metadata that cannot list its keys', () => {
  it('is asked for the tenant and the credentials', () => {
    const values: Record<string, string[]> = { 'x-tenant-id': ['acme'], authorization: ['Bearer t'], other: ['o'] };
    const metadata = { get: (key: string) => values[key] ?? [], set: () => undefined };
    expect({ ...headersOfCarrier(metadata).headers }).toEqual({ 'x-tenant-id': 'acme', authorization: 'Bearer t' });
  });
});

describe('the data of a job', () => {
  it('is not taken for headers: only the tenant is read, and becomes the header', () => {
    const data = { __tenantId: 'acme', authorization: 'Bearer t', headers: { 'x-tenant-id': 'globex' } };
    expect({ ...headersOfCarrier(data).headers }).toEqual({ 'x-tenant-id': 'acme' });
    expect({ ...headersOfCarrier({ org: 'acme' }, { dataKey: 'org' }).headers }).toEqual({ 'x-tenant-id': 'acme' });
  });

  it('names no tenant by a key of another kind, when it is said to be the data of a job', () => {
    for (const data of [{ headers: { 'x-tenant-id': 'globex' } }, { 'x-tenant-id': 'globex' }, {}, []]) {
      expect(headersOfCarrier(data, { kind: 'bull' }).rawHeaders).toEqual([]);
    }
    expect(headersOfCarrier(Object.create({ __tenantId: 'globex' }), { kind: 'bull' }).rawHeaders).toEqual([]);
  });
});

describe('hostile headers', () => {
  it('that are not text are empty, and are counted', () => {
    for (const value of [7, true, {}, { toString: () => 'acme' }, () => 'acme', Symbol('acme'), Buffer.from([0xff])]) {
      const alone = headersOfCarrier({ headers: { 'x-tenant-id': value } });
      expect(singleHeader(alone, 'x-tenant-id')).toBeUndefined();
      const among = headersOfCarrier({ headers: { 'x-tenant-id': ['acme', value] } });
      expect(() => singleHeader(among, 'x-tenant-id')).toThrow(RepeatedHeaderError);
    }
  });

  it('that are absent are not there', () => {
    for (const value of [undefined, null, [], [undefined]]) {
      expect(headersOfCarrier({ headers: { 'x-tenant-id': value } }).rawHeaders).toEqual([]);
    }
  });

  it('cannot reach prototypes', () => {
    const message = JSON.parse('{"headers":{"__proto__":"p","constructor":"c","x-tenant-id":"acme"}}') as unknown;
    const request = headersOfCarrier(message);
    expect(Object.getPrototypeOf(request.headers)).toBeNull();
    expect(Object.keys(request.headers).sort()).toEqual(['__proto__', 'constructor', 'x-tenant-id']);
    expect(singleHeader(headersOfCarrier({ headers: {} }), 'constructor')).toBeUndefined();
    expect(headersOfCarrier({ headers: Object.create({ 'x-tenant-id': 'globex' }) as unknown }).rawHeaders).toEqual([]);
  });

  it.each([
    undefined,
    null,
    7,
    'x-tenant-id: acme',
    true,
    Symbol('s'),
    () => 'acme',
    [],
    new Map([['x-tenant-id', 'acme']]),
  ])('are none in what is no message: %s', (carrier) => {
    for (const kind of [undefined, 'kafka', 'grpc', 'nats', 'rmq', 'mqtt', 'bull', 'record'] as const) {
      // A list has no names; a Map answers get().
      if (carrier instanceof Map && (kind === 'grpc' || kind === undefined)) continue;
      expect(headersOfCarrier(carrier, { kind }).rawHeaders).toEqual([]);
    }
  });
});

it('a message reads the same for a propagator and as a request', () => {
  const message = new KafkaTenantPropagator(tenantOf('acme')).inject({ value: 'v' });
  expect(singleHeader(headersOfCarrier(message), 'x-tenant-id')).toBe('acme');
});
