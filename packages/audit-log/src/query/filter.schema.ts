import { z } from 'zod';

const text = z.string().min(1).optional();
/** PostgreSQL reads years of four digits as they are written. */
const time = z
  .date()
  .refine((date) => date.getUTCFullYear() >= 0 && date.getUTCFullYear() <= 9999, 'expected a year up to 9999')
  .optional();

/** The shape of {@link AuditEntryFilter}, for schemas of options that have it. */
export const filterShape = Object.freeze({
  actorId: text,
  actorType: text,
  action: text,
  targetType: text,
  targetId: text,
  source: z.enum(['auto', 'manual']).optional(),
  result: z.enum(['success', 'failure']).optional(),
  requestId: text,
  from: time,
  to: time,
});

/** The shape of the scope of a reading. */
export const scopeShape = Object.freeze({ tenantId: text, allTenants: z.boolean().optional() });
