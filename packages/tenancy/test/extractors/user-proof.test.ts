import { InvalidOptionsError } from '@nestarc/core';
import { describe, expect, it } from 'vitest';
import type { TenancyRequest } from '../../src';
import { userProof, type UserProofOptions } from '../../src/proof/user-proof';

const of = (user: unknown): TenancyRequest => ({ headers: {}, user });
const proof = userProof();

describe('the user of an earlier guard', () => {
  it('proves the tenant, and tells who acts', () => {
    const user = { id: 'u-1', tenantId: 'acme', sub: 'other' };
    expect(proof.prove(of(user))).toEqual({ tenantId: 'acme', actor: { type: 'user', id: 'u-1' }, principal: user });
    expect(proof.extract(of(user))).toBe('acme');
    expect(proof).toMatchObject({ needs: 'guard', verified: true });
  });

  it.each([undefined, null, false])('is no evidence when there is none: %j', (user) => {
    expect(proof.prove(of(user))).toBeUndefined();
    expect(proof.extract(of(user))).toBeNull();
    expect(proof.prove({ headers: {} })).toBeUndefined();
  });

  it.each([{ id: 1 }, { id: 1, tenantId: null }, { id: 1, tenantId: undefined }])(
    'may name no tenant, and is somebody all the same: %j',
    (user) => {
      expect(proof.prove(of(user))).toEqual({ tenantId: undefined, actor: { type: 'user', id: '1' }, principal: user });
      expect(proof.extract(of(user))).toBeNull();
    },
  );

  it.each([7, 0, true, false, '', ['acme'], [], {}, () => 'acme', Symbol('acme'), 7n])(
    'is refused when its tenant is no text: %o',
    (tenantId) => {
      const refusal = expect.objectContaining({ code: 'TENANT_PROOF_INVALID', status: 401 }) as Error;
      expect(() => proof.prove(of({ id: 'u-1', tenantId }))).toThrow(refusal);
      expect(() => proof.extract(of({ id: 'u-1', tenantId }))).toThrow(refusal);
    },
  );

  it.each(['alice', 7, true, () => 1])('is refused when it is no object: %o', (user) => {
    expect(() => proof.prove(of(user))).toThrow('The credentials are not valid');
  });

  it.each<[unknown, string | undefined]>([
    [{ sub: 's-1' }, 's-1'],
    [{ id: null, sub: 's-1' }, 's-1'],
    [{ id: '', sub: 's-1' }, 's-1'],
    [{ id: 42 }, '42'],
    [{ id: 42n }, '42'],
    [{ id: 0 }, '0'],
    [{ id: Number.NaN }, undefined],
    [{ id: 2 ** 60 }, undefined],
    [{ id: { $oid: 'x' } }, undefined],
    [{}, undefined],
  ])('%o acts as %j', (user, id) => {
    expect(proof.prove(of(user))).toHaveProperty('actor', id === undefined ? undefined : { type: 'user', id });
  });

  it('may be an object of a class, with accessors', () => {
    class Account {
      get tenantId(): string {
        return 'acme';
      }
    }
    class Employee extends Account {
      id = 'u-1';
    }
    expect(proof.extract(of(new Employee()))).toBe('acme');
    expect(proof.extract(of(Object.assign(Object.create(null) as object, { tenantId: 'acme' })))).toBe('acme');
  });

  it('does not get a tenant from the prototype of all objects', () => {
    Object.defineProperty(Object.prototype, 'tenantId', { value: 'evil', configurable: true });
    try {
      expect(proof.extract(of({ id: 1 }))).toBeNull();
    } finally {
      delete (Object.prototype as { tenantId?: unknown }).tenantId;
    }
  });

  it('may be elsewhere, name the tenant elsewhere, or not at all', () => {
    const session = { headers: {}, session: { account: { uid: 'u-1' }, org: { id: 'acme' } } } as TenancyRequest;
    const elsewhere = userProof({ property: 'session', claim: 'org.id', actorId: 'account.uid' });
    expect(elsewhere.prove(session)).toMatchObject({ tenantId: 'acme', actor: { type: 'user', id: 'u-1' } });
    const none = userProof({ claim: null });
    expect([proof.namesTenant, none.namesTenant]).toEqual([true, false]);
    const staff = userProof({ actorType: 'staff' });
    expect(staff.prove(of({ id: 'u-1' }))).toMatchObject({ actor: { type: 'staff', id: 'u-1' } });
    expect(staff.prove(of({ id: 1 }))).toMatchObject({ actor: { type: 'staff', id: '1' } });
    expect(none.prove(of({ id: 1, tenantId: ['ignored'] }))).toMatchObject({ tenantId: undefined, actor: { id: '1' } });
  });

  it.each<[unknown, string]>([
    [{ property: '' }, 'property'],
    [{ claim: '' }, 'claim'],
    [{ claim: 'constructor.name' }, 'claim'],
    [{ actorId: '__proto__' }, 'actorId'],
    [{ actorType: '' }, 'actorType'],
    [{ claims: 'x' }, 'claims'],
  ])('cannot be asked for with %j', (options, message) => {
    expect(() => userProof(options as UserProofOptions)).toThrow(InvalidOptionsError);
    expect(() => userProof(options as UserProofOptions)).toThrow(message);
  });
});
