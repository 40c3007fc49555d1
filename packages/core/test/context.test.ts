import { afterEach, describe, expect, it, vi } from 'vitest';
import * as core from '../src';
import {
  amendContext,
  bindContext,
  createContext,
  currentContext,
  parseTenantId,
  runWithContext,
  TenantAlreadySetError,
  withdrawIdentity,
} from '../src';

const acme = createContext({ tenantId: parseTenantId('acme'), requestId: 'r-1' });
const other = createContext({ tenantId: parseTenantId('other') });

describe('a request context', () => {
  it('is immutable, with its actor', () => {
    const actor = { id: 'u', type: 'user' };
    const context = createContext({ actor });
    expect(Object.isFrozen(context)).toBe(true);
    expect(Object.isFrozen(context.actor)).toBe(true);
    expect(Object.isFrozen(actor)).toBe(false);
  });

  it('has no tenant in mode bypass', () => {
    expect(createContext({ ...acme, mode: 'bypass' })).toMatchObject({ tenantId: undefined, requestId: 'r-1' });
  });
});

describe('the current context', () => {
  it('is absent outside of any request', () => {
    expect(currentContext()).toBeUndefined();
  });

  it('follows everything that is started inside', async () => {
    const seen = await runWithContext(acme, async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      return currentContext();
    });
    expect(seen).toBe(acme);
    expect(currentContext()).toBeUndefined();
  });

  it('can be left for a while', () => {
    runWithContext(acme, () => {
      runWithContext(undefined, () => expect(currentContext()).toBeUndefined());
      expect(currentContext()).toBe(acme);
    });
  });

  it('is bound to a method without taking its object away', () => {
    const counter = {
      n: 1,
      read(this: { n: number }, more: number): unknown {
        return [this.n + more, currentContext()];
      },
    };
    counter.read = runWithContext(acme, () => bindContext(counter.read));
    expect(counter.read(1)).toEqual([2, acme]);
    expect(runWithContext(acme, () => counter.read(1))).toEqual([2, acme]);
    expect(runWithContext(other, () => counter.read(1))).toEqual([2, acme]);
  });

  it('is the one a callback was bound in, also when that was none', () => {
    const bound = runWithContext(acme, () => bindContext(() => currentContext()));
    const unbound = bindContext(() => currentContext());
    runWithContext(other, () => {
      expect(bound()).toBe(acme);
      expect(unbound()).toBeUndefined();
    });
  });
});

describe('amending the running request', () => {
  it('is seen by everything in the request from then on, and leaves earlier snapshots alone', async () => {
    await runWithContext(createContext({ requestId: 'r-1' }), async () => {
      const early = currentContext();
      await Promise.resolve().then(() => amendContext({ tenantId: parseTenantId('acme') }));
      expect(currentContext()).toMatchObject({ requestId: 'r-1', tenantId: 'acme' });
      expect(early?.tenantId).toBeUndefined();
    });
  });

  it('cannot change the tenant', () => {
    runWithContext(acme, () => {
      expect(() => amendContext({ tenantId: parseTenantId('other') })).toThrow(TenantAlreadySetError);
      expect(amendContext({ tenantId: parseTenantId('ACME') }).tenantId).toBe('acme');
    });
  });

  it('cannot give a tenant to work that does without on purpose', () => {
    runWithContext(createContext({ mode: 'bypass' }), () => {
      expect(() => amendContext({ tenantId: parseTenantId('acme') })).toThrow(TenantAlreadySetError);
    });
  });

  it('gives the same snapshot where it says nothing new', () => {
    const actor = Object.freeze({ id: 'u', type: 'user' });
    const context = createContext({ tenantId: parseTenantId('acme'), requestId: 'r-1', actor });
    runWithContext(context, () => {
      expect(amendContext({ tenantId: parseTenantId('acme'), actor })).toBe(context);
      expect(amendContext({})).toBe(context);
      expect(amendContext({ actor: undefined })).toEqual({ ...context, actor: undefined });
      expect(amendContext({ requestId: 'r-2' })).toMatchObject({ tenantId: 'acme', requestId: 'r-2' });
      expect(amendContext({ mode: 'bypass' })).toMatchObject({ tenantId: undefined, requestId: 'r-2', mode: 'bypass' });
      expect(amendContext({ mode: undefined })).toMatchObject({ mode: 'tenant' });
    });
  });

  it('needs a running request', () => {
    expect(() => amendContext({ requestId: 'r' })).toThrow(expect.objectContaining({ code: 'CONTEXT_NOT_OPEN' }));
  });
});

describe('two copies of the package', () => {
  const REGISTRY = Symbol.for('@nestarc/core:context');
  const holder = globalThis as { [REGISTRY]?: unknown };
  const registry = holder[REGISTRY];

  afterEach(() => {
    holder[REGISTRY] = registry;
    vi.resetModules();
  });

  const secondCopy = async (): Promise<typeof core> => {
    vi.resetModules();
    return await import('../src/index.js');
  };

  it('T-26 share one context, and know each other’s errors', async () => {
    const second = await secondCopy();
    expect(second.runWithContext).not.toBe(runWithContext);
    second.runWithContext(acme, () => expect(currentContext()).toBe(acme));
    expect(new second.InvalidTenantIdError()).toBeInstanceOf(core.NestarcError);
    expect(core.isNestarcError(new second.InvalidTenantIdError())).toBe(true);
  });

  it('T-26 of incompatible versions do not load', async () => {
    holder[REGISTRY] = { version: 999 };
    await expect(secondCopy()).rejects.toMatchObject({ code: 'CORE_VERSION_CONFLICT' });
  });
});

describe('withdrawIdentity', () => {
  const ann = { id: 'ann', type: 'user' };
  const early = { tenantId: parseTenantId('acme'), actor: ann };

  it('makes room for another tenant and another actor', () => {
    runWithContext(createContext({ ...early, requestId: 'r-1' }), () => {
      withdrawIdentity(early);
      expect(currentContext()).toMatchObject({ tenantId: undefined, actor: undefined, requestId: 'r-1' });
      expect(amendContext({ tenantId: parseTenantId('other') })).toMatchObject({ tenantId: 'other' });
    });
  });

  it('leaves what others have set since', () => {
    const bob = { id: 'bob', type: 'user' };
    runWithContext(createContext({ ...early, actor: bob }), () => {
      withdrawIdentity(early);
      expect(currentContext()).toMatchObject({ tenantId: undefined, actor: bob });
    });
    runWithContext(other, () => {
      withdrawIdentity(early);
      expect(currentContext()).toMatchObject({ tenantId: 'other' });
    });
  });

  it('does nothing outside of any request', () => {
    withdrawIdentity(early);
    expect(currentContext()).toBeUndefined();
  });
});
