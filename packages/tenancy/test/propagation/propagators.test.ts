import {
  createContext,
  InvalidOptionsError,
  InvalidTenantIdError,
  runWithContext,
  TenantContextMissingError,
} from '@nestarc/core';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { RepeatedHeaderError } from '../../src/errors/repeated-header.error';
import { TenantCarrierConflictError } from '../../src/errors/tenant-carrier-conflict.error';
import { BullTenantPropagator } from '../../src/propagation/bull-tenant.propagator';
import { GrpcTenantPropagator } from '../../src/propagation/grpc-tenant.propagator';
import { HttpTenantPropagator } from '../../src/propagation/http-tenant.propagator';
import { type KafkaMessageLike, KafkaTenantPropagator } from '../../src/propagation/kafka-tenant.propagator';
import { propagateTenantHeaders } from '../../src/propagation/propagate-tenant-headers';
import { Metadata } from './grpc-metadata';
import { envelopeWith, runAs, tenantOf, thrownBy } from './propagation-fixture';

const envelope = envelopeWith();
const nobody = tenantOf(null);

describe('headers of HTTP', () => {
  it('have the name that was asked for', () => {
    expect(new HttpTenantPropagator(tenantOf('acme')).getHeaders()).toEqual({ 'X-Tenant-Id': 'acme' });
    expect(new HttpTenantPropagator(tenantOf('acme'), { headerName: 'X-Org' }).getHeaders()).toEqual({
      'X-Org': 'acme',
    });
  });

  it('are made without dependency injection, of the running context', () => {
    expect(propagateTenantHeaders()).toEqual({});
    expect(runAs('acme', () => propagateTenantHeaders())).toEqual({ 'X-Tenant-Id': 'acme' });
    expect(runAs('acme', () => propagateTenantHeaders('X-Org'))).toEqual({ 'X-Org': 'acme' });
    const sealed = runAs('acme', () => propagateTenantHeaders('X-Org', { envelope }))['X-Org']!;
    expect(envelope.open(sealed, 'http')).toMatchObject({ tenantId: 'acme', requestId: 'r-1' });
    expect(() => propagateTenantHeaders('X-Org', { required: true })).toThrow(TenantContextMissingError);
  });

  it('are not made in mode bypass', () => {
    const bypass = createContext({ mode: 'bypass', tenantId: 'acme' as never });
    expect(runWithContext(bypass, () => propagateTenantHeaders())).toEqual({});
    expect(() => runWithContext(bypass, () => propagateTenantHeaders('X-Org', { required: true }))).toThrow(
      TenantContextMissingError,
    );
  });

  it.each(['café', '株式会社', 'a\u{1F600}'])('do not carry %s, which would not arrive, without an envelope', (id) => {
    expect(() => new HttpTenantPropagator(tenantOf(id)).getHeaders()).toThrow(InvalidTenantIdError);
    const [sealed] = Object.values(new HttpTenantPropagator(tenantOf(id), { envelope }).getHeaders());
    expect(envelope.open(sealed!, 'http').tenantId).toBe(id);
  });
});

describe('headers of Kafka', () => {
  const kafka = new KafkaTenantPropagator(tenantOf('acme'));

  it('are read from text, bytes and lists of one', () => {
    for (const value of [
      'café',
      Buffer.from('café'),
      new TextEncoder().encode('café'),
      ['café'],
      [Buffer.from('café')],
    ]) {
      expect(kafka.extract({ headers: { 'X-Tenant-Id': value } })).toBe('café');
    }
  });

  it.each([
    ['bytes that are no text', Buffer.from([0x61, 0xff])],
    ['a byte order mark', Buffer.from('\uFEFFacme')],
    ['an overlong encoding', Buffer.from([0xc1, 0xa1])],
    ['an object that was parsed', { id: 'acme' }],
  ])('are refused when they are %s', (_, value) => {
    expect(() => kafka.extract({ headers: { 'X-Tenant-Id': value } })).toThrow(InvalidTenantIdError);
  });

  it('are found in any case, once', () => {
    expect(kafka.extract({ headers: { 'x-tenant-id': 'acme' } })).toBe('acme');
    expect(kafka.extract({ headers: { 'X-TENANT-ID': Buffer.from('acme'), 'x-tenant-id': undefined } })).toBe('acme');
    const twice = { 'X-Tenant-Id': 'acme', 'x-tenant-id': 'globex' };
    expect(() => kafka.extract({ headers: twice })).toThrow(RepeatedHeaderError);
    expect(() => kafka.extract({ headers: { 'x-tenant-id': ['acme', ''] } })).toThrow(RepeatedHeaderError);
  });

  it('hold the tenant once after it was written, in whatever case it was there', () => {
    const message = kafka.inject({ value: 'v', headers: { 'x-tenant-id': 'acme', trace: Buffer.from('t') } });
    expect(message.headers).toEqual({ 'X-Tenant-Id': 'acme', trace: Buffer.from('t') });
  });

  it('are not inherited', () => {
    const inherited = Object.create({ 'X-Tenant-Id': 'globex' }) as Record<string, string>;
    expect(kafka.extract({ headers: inherited })).toBeNull();
    expect(kafka.extract({ headers: null } as never)).toBeNull();
    expect(kafka.extract(undefined as never)).toBeNull();
  });

  it('are made alone, too', () => {
    expect(kafka.getHeaders()).toEqual({ 'X-Tenant-Id': 'acme' });
    expect(new KafkaTenantPropagator(nobody).getHeaders()).toEqual({});
  });

  it('keep the type of the message, as the clients declare it', () => {
    interface Message {
      value: Buffer | string | null;
      headers?: Record<string, Buffer | string | (Buffer | string)[] | undefined>;
    }
    const message: Message = { value: 'v' };
    expectTypeOf(kafka.inject(message)).toEqualTypeOf<Message>();
    expectTypeOf(kafka.inject({ value: 'v', offset: 7 }).offset).toEqualTypeOf<number>();
    const published: KafkaMessageLike = { value: 'v', anything: true };
    expect(kafka.inject(published)['anything']).toBe(true);
  });
});

describe('data of jobs', () => {
  const bull = new BullTenantPropagator(tenantOf('acme'));

  it('hold the tenant under the key that was asked for', () => {
    expect(bull.inject({ orderId: 7 })).toEqual({ orderId: 7, __tenantId: 'acme' });
    const own = new BullTenantPropagator(tenantOf('acme'), { dataKey: 'org' });
    expect(own.extract(own.inject({ orderId: 7 }))).toBe('acme');
    expectTypeOf(bull.inject({ orderId: 7 }).orderId).toEqualTypeOf<number>();
  });

  it('hold it through JSON, as a queue keeps it', () => {
    const signed = new BullTenantPropagator(tenantOf('acme'), { envelope });
    expect(signed.extract(JSON.parse(JSON.stringify(signed.inject({ orderId: 7 }))))).toBe('acme');
  });

  it('do not inherit it', () => {
    expect(bull.extract(Object.create({ __tenantId: 'globex' }))).toBeNull();
    for (const data of [undefined, null, 'acme', 7, [], ['acme']]) expect(bull.extract(data)).toBeNull();
  });

  it('are refused as lists, which would lose it', () => {
    expect(() => bull.inject([1, 2])).toThrow(TenantCarrierConflictError);
  });
});

describe('metadata of gRPC', () => {
  it('is changed, and returned', () => {
    const metadata = new Metadata();
    expect(new GrpcTenantPropagator(tenantOf('acme')).inject(metadata)).toBe(metadata);
    expect(metadata.getMap()).toEqual({ 'x-tenant-id': 'acme' });
  });

  it('that served an earlier call names the tenant of this one', () => {
    const metadata = new Metadata();
    new GrpcTenantPropagator(tenantOf('acme')).inject(metadata);
    new GrpcTenantPropagator(tenantOf('globex')).inject(metadata);
    expect(metadata.get('x-tenant-id')).toEqual(['globex']);
    expect(() => new GrpcTenantPropagator(nobody).inject(metadata)).toThrow(TenantCarrierConflictError);
  });

  it('is read from text and bytes, once', () => {
    const grpc = new GrpcTenantPropagator(nobody, { metadataKey: 'X-Org' });
    const metadata = new Metadata();
    expect(grpc.extract(metadata)).toBeNull();
    metadata.add('x-org', 'acme');
    expect(grpc.extract(metadata)).toBe('acme');
    expect(grpc.extract({ get: () => [Buffer.from('acme')] })).toBe('acme');
    metadata.add('X-ORG', 'acme');
    expect(() => grpc.extract(metadata)).toThrow(RepeatedHeaderError);
  });

  it('carries no id that gRPC would not, without an envelope', () => {
    expect(() => new GrpcTenantPropagator(tenantOf('café')).inject(new Metadata())).toThrow(InvalidTenantIdError);
  });
});

describe('the options of a propagator', () => {
  it.each<[string, () => unknown]>([
    ['headerName', () => new HttpTenantPropagator(nobody, { headerName: 'X-Tenant-Id\r\nX-Admin' })],
    ['headerName', () => propagateTenantHeaders('X Org')],
    ['headerName', () => new KafkaTenantPropagator(nobody, { headerName: '' })],
    ['headerName', () => new KafkaTenantPropagator(nobody, { headerName: '__proto__' })],
    ['dataKey', () => new BullTenantPropagator(nobody, { dataKey: '__proto__' })],
    ['metadataKey', () => new GrpcTenantPropagator(nobody, { metadataKey: 'tenant-bin' })],
    ['metadataKey', () => new GrpcTenantPropagator(nobody, { metadataKey: 'grpc-tenant' })],
    ['metadataKey', () => new GrpcTenantPropagator(nobody, { metadataKey: 'x tenant' })],
    ['envelope', () => new HttpTenantPropagator(nobody, { envelope: {} as never })],
    ['envelope', () => new BullTenantPropagator(nobody, { envelope: 'a secret' as never })],
    ['purpose', () => new BullTenantPropagator(nobody, { envelope, purpose: 'A B' })],
    ['required', () => new GrpcTenantPropagator(nobody, { required: 'yes' as never })],
    ['', () => new KafkaTenantPropagator(nobody, { header: 'X-Org' } as never)],
    ['', () => new KafkaTenantPropagator(undefined as never)],
    ['', () => new BullTenantPropagator({ dataKey: 'org' } as never)],
  ])('are refused by their path: "%s"', (path, make) => {
    const error = thrownBy(make);
    expect(error).toBeInstanceOf(InvalidOptionsError);
    expect((error as InvalidOptionsError).problems.map((problem) => problem.path)).toEqual([path]);
  });
});
