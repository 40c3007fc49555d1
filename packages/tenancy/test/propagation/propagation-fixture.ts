import { createContext, runWithContext, type TenantId } from '@nestarc/core';
import { expect } from 'vitest';
import { createTenantEnvelope, type TenantEnvelope } from '../../src/propagation/tenant-envelope';
import type { TenantEnvelopeOptions } from '../../src/propagation/tenant-envelope.options';
import type { TenantSource } from '../../src/propagation/tenant-propagator';

export const KEY = { id: 'k1', secret: 'a secret of more than thirty-two bytes' };
export const OTHER_KEY = { id: 'k2', secret: 'another secret of more than 32 bytes!!' };

/** Makes an envelope with one key, or with the options given. */
export const envelopeWith = (options: Partial<TenantEnvelopeOptions> = {}): TenantEnvelope =>
  createTenantEnvelope({ keys: [KEY], ...options });

/** Says that the current tenant is this one. */
export const tenantOf = (tenantId: string | null): TenantSource => ({ getTenantId: () => tenantId });

/** Runs a function as a tenant, in a context with an actor and a request. */
export const runAs = <T>(tenantId: string, callback: () => T): T =>
  runWithContext(
    createContext({
      tenantId: tenantId as TenantId,
      actor: { type: 'user', id: 'u-1' },
      requestId: 'r-1',
    }),
    callback,
  );

/** Gives what a function throws. */
export function thrownBy(callback: () => unknown): unknown {
  try {
    callback();
  } catch (error) {
    return error;
  }
  return expect.unreachable('nothing was thrown');
}

/** Texts that are tenant ids under no rule. */
export const HOSTILE_IDS: Readonly<Record<string, unknown>> = {
  NUL: 'acme\0',
  'a header split': 'acme\r\nX-Admin: 1',
  'a line feed': 'acme\n',
  'a right-to-left mark': 'ac\u200Fme',
  'a lone surrogate': 'acme\uD800',
  'a decomposed letter': 'cafe\u0301',
  'a space before': ' acme',
  'a space after': 'acme ',
  '256 characters': 'a'.repeat(256),
  'a megabyte': 'a'.repeat(1_000_000),
  'two ids, joined': 'acme,globex',
  'a number': 7,
  'a boolean': true,
  'an object': { toString: () => 'acme' },
};
