import { InvalidOptionsError } from '@nestarc/core';
import { describe, expect, it } from 'vitest';
import { RepeatedHeaderError } from '../../src/errors/repeated-header.error';
import { TenantProofInvalidError } from '../../src/errors/tenant-proof-invalid.error';
import { headersOfCarrier } from '../../src/propagation/carrier-headers';
import { envelopeProof } from '../../src/propagation/envelope.proof';
import { HttpTenantPropagator } from '../../src/propagation/http-tenant.propagator';
import { KafkaTenantPropagator } from '../../src/propagation/kafka-tenant.propagator';
import type { TenancyRequest } from '../../src/request/tenancy-request';
import { envelopeWith, OTHER_KEY, runAs, tenantOf, thrownBy } from './propagation-fixture';

const envelope = envelopeWith();
const proof = envelopeProof(envelope);
const asking = (value: string): TenancyRequest => ({ headers: { 'x-tenant-id': value } });

describe('the proof of an envelope', () => {
  it('tells the tenant, who acts, and which request led to it', () => {
    const sealed = runAs('acme', () => new HttpTenantPropagator(tenantOf('acme'), { envelope }).getHeaders());
    const request = asking(sealed['X-Tenant-Id']!);
    expect(proof.extract(request)).toBe('acme');
    expect(proof.prove(request)).toMatchObject({
      tenantId: 'acme',
      actor: { type: 'user', id: 'u-1' },
      principal: { tenantId: 'acme', actor: { type: 'user', id: 'u-1' }, requestId: 'r-1', purpose: 'http' },
    });
    expect(proof).toMatchObject({ needs: 'request', verified: true });
  });

  it.each(['', 'acme', 'v', 'vacuum.example', 'Bearer v1.k1.e30.AA'])(
    'is no evidence when the header holds "%s"',
    (value) => {
      expect(proof.prove(asking(value))).toBeUndefined();
      expect(proof.extract(asking(value))).toBeNull();
      expect(proof.prove({ headers: {} })).toBeUndefined();
    },
  );

  it('is refused when it is bad', () => {
    const stranger = envelopeWith({ keys: [OTHER_KEY] }).seal({ tenantId: 'acme' }, 'http');
    const topic = envelope.seal({ tenantId: 'acme' }, 'kafka');
    for (const value of [stranger, topic, 'v1.acme', 'V1.k1.e30.AA', 'v2.k1.e30.AA', `${topic}x`]) {
      expect(() => proof.prove(asking(value))).toThrow(TenantProofInvalidError);
      expect(() => proof.extract(asking(value))).toThrow(TenantProofInvalidError);
    }
  });

  it('is refused when it comes twice', () => {
    const sealed = envelope.seal({ tenantId: 'acme' }, 'http');
    const twice = { headers: { 'x-tenant-id': sealed }, rawHeaders: ['X-Tenant-Id', sealed, 'x-tenant-id', sealed] };
    expect(() => proof.prove(twice)).toThrow(RepeatedHeaderError);
  });

  it('may be of a message, in a header of another name', () => {
    const messages = envelopeProof(envelope, { purpose: ['kafka', 'nats'], headerName: 'X-Org' });
    const kafka = new KafkaTenantPropagator(tenantOf('acme'), { envelope, headerName: 'x-org' });
    expect(messages.extract(headersOfCarrier(kafka.inject({ value: 'v' })))).toBe('acme');
    const header = envelope.seal({ tenantId: 'acme' }, 'http');
    expect(() => messages.extract({ headers: { 'x-org': header } })).toThrow(TenantProofInvalidError);
  });

  it.each<[string, () => unknown]>([
    ['envelope', () => envelopeProof({ keys: [] } as never)],
    ['headerName', () => envelopeProof(envelope, { headerName: 'a b' })],
    ['purpose', () => envelopeProof(envelope, { purpose: [] })],
    ['purpose', () => envelopeProof(envelope, { purpose: 'A B' })],
    ['', () => envelopeProof(envelope, { header: 'x' } as never)],
  ])('names a wrong option: "%s"', (path, make) => {
    const error = thrownBy(make);
    expect(error).toBeInstanceOf(InvalidOptionsError);
    expect((error as InvalidOptionsError).problems[0]?.path.split('[')[0]).toBe(path);
  });
});
