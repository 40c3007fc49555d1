import { createContext, InvalidTenantIdError, runWithContext, TenantContextMissingError } from '@nestarc/core';
import { describe, expect, it } from 'vitest';
import { RepeatedHeaderError } from '../../src/errors/repeated-header.error';
import { TenantCarrierConflictError } from '../../src/errors/tenant-carrier-conflict.error';
import { TenantProofInvalidError } from '../../src/errors/tenant-proof-invalid.error';
import { BullTenantPropagator } from '../../src/propagation/bull-tenant.propagator';
import { GrpcTenantPropagator } from '../../src/propagation/grpc-tenant.propagator';
import { HttpTenantPropagator } from '../../src/propagation/http-tenant.propagator';
import { type KafkaMessageLike, KafkaTenantPropagator } from '../../src/propagation/kafka-tenant.propagator';
import type { PropagationOptions } from '../../src/propagation/propagation.options';
import type { TenantSource } from '../../src/propagation/tenant-propagator';
import { Metadata } from './grpc-metadata';
import { envelopeWith, HOSTILE_IDS, OTHER_KEY, runAs, tenantOf, thrownBy } from './propagation-fixture';

const envelope = envelopeWith();
const nobody = tenantOf(null);

/** What all carriers have in common: how each is sent as a tenant, and read, and made to hold a value. */
interface Carrier {
  readonly purpose: string;
  send(source: TenantSource, options?: PropagationOptions, on?: unknown): unknown;
  receive(carrier: unknown, options?: PropagationOptions): string | null;
  holding(value: unknown): unknown;
}

const CARRIERS: Readonly<Record<string, Carrier>> = {
  http: {
    purpose: 'http',
    send: (source, options) => ({ headers: lowerCased(new HttpTenantPropagator(source, options).getHeaders()) }),
    receive: (request, options) => new HttpTenantPropagator(nobody, options).extract(request as never),
    holding: (value) => ({ headers: { 'x-tenant-id': value } }),
  },
  kafka: {
    purpose: 'kafka',
    send: (source, options, on = { value: 'v' }) => new KafkaTenantPropagator(source, options).inject(on as object),
    receive: (message, options) => new KafkaTenantPropagator(nobody, options).extract(message as KafkaMessageLike),
    holding: (value) => ({ value: 'v', headers: { 'X-Tenant-Id': value } }),
  },
  bull: {
    purpose: 'bull',
    send: (source, options, on = { value: 'v' }) => new BullTenantPropagator(source, options).inject(on as object),
    receive: (data, options) => new BullTenantPropagator(nobody, options).extract(data),
    holding: (value) => ({ value: 'v', __tenantId: value }),
  },
  grpc: {
    purpose: 'grpc',
    send: (source, options, on = new Metadata()) => new GrpcTenantPropagator(source, options).inject(on as Metadata),
    receive: (metadata, options) => new GrpcTenantPropagator(nobody, options).extract(metadata as Metadata),
    holding: (value) => ({ get: () => (value === undefined ? [] : [value]), set: () => undefined }),
  },
};

const lowerCased = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

describe.each(Object.entries(CARRIERS))('the tenant, by %s', (name, { purpose, send, receive, holding }) => {
  it('arrives as it was sent', () => {
    expect(receive(send(tenantOf('acme')))).toBe('acme');
    expect(receive(send(tenantOf('org:7/eu')))).toBe('org:7/eu');
  });

  it('arrives in a signed envelope', () => {
    const sent = send(tenantOf('acme'), { envelope });
    expect(JSON.stringify(sent)).not.toContain('acme');
    expect(receive(sent, { envelope })).toBe('acme');
    expect(receive(send(tenantOf('株, 式'), { envelope }), { envelope })).toBe('株, 式');
  });

  it('is not sent where there is none, and absent where none was sent', () => {
    for (const options of [{}, { envelope }]) {
      expect(receive(send(nobody, options), options)).toBeNull();
      expect(receive(send(tenantOf(''), options), options)).toBeNull();
      for (const empty of [undefined, '', ...(name === 'kafka' || name === 'grpc' ? [Buffer.alloc(0)] : [])]) {
        expect(receive(holding(empty), options)).toBeNull();
      }
    }
  });

  it('is demanded where it is required', () => {
    const error = thrownBy(() => send(nobody, { required: true }));
    expect(error).toBeInstanceOf(TenantContextMissingError);
    expect(receive(send(tenantOf('acme'), { required: true }))).toBe('acme');
  });

  it.each(Object.entries(HOSTILE_IDS))('is neither sent nor accepted when its id is hostile: %s', (_, id) => {
    expect(() => send(tenantOf(id as string))).toThrow(InvalidTenantIdError);
    const refused = thrownBy(() => receive(holding(id)));
    // The header of a request is a text, or is read as a repeated one.
    const repeated = name === 'http' && typeof id !== 'string';
    expect(refused).toBeInstanceOf(repeated ? RepeatedHeaderError : InvalidTenantIdError);
    expect(refused).toMatchObject({ status: 400 });
  });

  it('is refused when it comes twice, be it the same', () => {
    const twice = name === 'grpc' ? { get: () => ['acme', 'acme'] } : holding(['acme', 'acme']);
    expect(() => receive(twice)).toThrow(name === 'bull' ? InvalidTenantIdError : RepeatedHeaderError);
  });

  it('is refused unsigned where envelopes are asked for, never taken as it is', () => {
    for (const value of ['acme', 'v1.acme', 'v1.k1.e30.', 'v0.k1.e30.'.padEnd(60, 'A')]) {
      expect(() => receive(holding(value), { envelope })).toThrow(TenantProofInvalidError);
    }
    if (name !== 'http') {
      expect(() => receive(holding({ tenantId: 'acme' }), { envelope })).toThrow(TenantProofInvalidError);
    }
  });

  it('is refused in an envelope of a stranger, and of another transport', () => {
    const stranger = envelopeWith({ keys: [OTHER_KEY] });
    expect(() => receive(send(tenantOf('acme'), { envelope: stranger }), { envelope })).toThrow(
      TenantProofInvalidError,
    );
    for (const other of ['http', 'kafka', 'bull', 'grpc'].filter((one) => one !== purpose)) {
      const stolen = holding(envelope.seal({ tenantId: 'acme' }, other));
      expect(() => receive(stolen, { envelope })).toThrow(TenantProofInvalidError);
      expect(receive(stolen, { envelope, purpose: other })).toBe('acme');
    }
  });

  it('goes with its actor and request, when they are those of the same tenant', () => {
    const opened: unknown[] = [];
    const watching = {
      ...envelope,
      seal: (content: never, use: string) => (opened.push(content), envelope.seal(content, use)),
      open: (text: string, use: string) => envelope.open(text, use),
    };
    runAs('acme', () => send(tenantOf('acme'), { envelope: watching }));
    runAs('globex', () => send(tenantOf('acme'), { envelope: watching }));
    expect(opened).toEqual([
      { tenantId: 'acme', actor: { type: 'user', id: 'u-1' }, requestId: 'r-1' },
      { tenantId: 'acme' },
    ]);
  });

  it('goes without an id of a request that cannot be carried', () => {
    const hostile = createContext({ tenantId: 'acme' as never, requestId: 'r\r\n'.repeat(200) });
    const sent = runWithContext(hostile, () => send(tenantOf('acme'), { envelope }));
    expect(receive(sent, { envelope })).toBe('acme');
  });
});

describe.each(Object.entries(CARRIERS).filter(([name]) => name === 'kafka' || name === 'bull'))(
  'what is sent by %s',
  (name, { send, receive, holding }) => {
    it('is a copy: the original stays without the tenant', () => {
      const original = Object.freeze({ value: 'v', nested: { deep: true }, headers: Object.freeze({ trace: 't' }) });
      const sent = send(tenantOf('acme'), {}, original);
      expect(sent).toMatchObject({ value: 'v', nested: { deep: true }, headers: { trace: 't' } });
      expect(receive(sent)).toBe('acme');
      expect(receive(original)).toBeNull();
    });

    it('is the same object where there is no tenant', () => {
      const original = { value: 'v' };
      expect(send(nobody, {}, original)).toBe(original);
      expect(send(nobody, { envelope }, original)).toBe(original);
    });

    it('may name the tenant already', () => {
      expect(receive(send(tenantOf('acme'), {}, holding('acme')))).toBe('acme');
      const sealed = send(tenantOf('acme'), { envelope });
      expect(receive(send(tenantOf('acme'), { envelope }, sealed), { envelope })).toBe('acme');
    });

    it('is refused when it names another tenant, one that is none, or any where there is none', () => {
      const sealed = holding(envelope.seal({ tenantId: 'globex' }, name));
      const attempts: [string | null, unknown, PropagationOptions][] = [
        ['acme', holding('globex'), {}],
        ['acme', holding('acme\n'), {}],
        ['acme', holding(['acme', 'globex']), {}],
        ['acme', holding({ id: 'acme' }), {}],
        ['acme', sealed, { envelope }],
        ['acme', holding('acme'), { envelope }],
        [null, holding('globex'), {}],
        [null, sealed, { envelope }],
      ];
      for (const [tenantId, carrier, options] of attempts) {
        const error = thrownBy(() => send(tenantOf(tenantId), options, carrier));
        expect(error).toBeInstanceOf(TenantCarrierConflictError);
        expect(error).toMatchObject({ code: 'TENANT_CARRIER_CONFLICT', status: 409 });
        expect((error as Error).message).not.toMatch(/acme|globex/);
      }
    });
  },
);
