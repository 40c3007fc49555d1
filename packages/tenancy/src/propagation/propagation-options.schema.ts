import { InvalidOptionsError } from '@nestarc/core';
import { z } from 'zod';
import { PURPOSE } from './envelope-payload';
import { isTenantEnvelope, type TenantEnvelope } from './tenant-envelope';
import type { TenantSource } from './tenant-propagator';

/** Schema of the option `envelope`. */
export const envelopeOption = z.custom<TenantEnvelope>(
  isTenantEnvelope,
  'expected what createTenantEnvelope() returns',
);

/** Schema of the name of an HTTP header. */
export const headerNameOption = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'expected the name of a header such as "X-Tenant-Id"');

/**
 * Schemas of the options every propagator takes.
 *
 * @param purpose - the default purpose
 */
export const propagationOptions = (
  purpose: string,
): {
  envelope: z.ZodOptional<typeof envelopeOption>;
  purpose: z.ZodDefault<z.ZodString>;
  required: z.ZodDefault<z.ZodBoolean>;
} => ({
  envelope: envelopeOption.optional(),
  purpose: z.string().regex(PURPOSE, 'expected a word such as "kafka"').default(purpose),
  required: z.boolean().default(false),
});

/**
 * Checks the first argument of a propagator's constructor.
 *
 * @param owner - name of the propagator
 * @param source - the argument
 * @throws InvalidOptionsError when it cannot tell the current tenant
 */
export function checkSource(owner: string, source: TenantSource): TenantSource {
  if (typeof (source as Partial<TenantSource> | null | undefined)?.getTenantId !== 'function') {
    throw new InvalidOptionsError(owner, [{ path: '', message: 'expected a TenancyContext as the first argument' }]);
  }
  return source;
}
