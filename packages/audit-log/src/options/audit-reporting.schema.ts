import { z } from 'zod';
import type { AuditLogger, AuditReportingOptions } from './audit-reporting.options';

const isLogger = (value: unknown): boolean => {
  const { warn, error } = (value ?? {}) as Partial<AuditLogger>;
  return typeof warn === 'function' && typeof error === 'function';
};

/** Fields shared by everything that reports failures. */
export const reportingShape = {
  onAuditError: z
    .custom<AuditReportingOptions['onAuditError']>((value) => typeof value === 'function', 'expected a function')
    .optional(),
  logger: z.custom<AuditLogger>(isLogger, 'expected an object with the methods warn and error').optional(),
};

/**
 * A field that has lost its meaning, refused whatever it says, unless that is what is done anyway.
 *
 * @param reason - why, and what to do instead
 * @param same - the value that says what is done anyway. Defaults to none
 */
export const refused = (reason: string, same?: unknown): z.ZodOptional<z.ZodUnknown> =>
  z
    .unknown()
    .refine((value) => same !== undefined && value === same, reason)
    .optional();
