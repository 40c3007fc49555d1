import { resolveOptions } from '@nestarc/core';
import { z } from 'zod';
import type { NestarcClientOptions } from './nestarc-client.options';

/** Opens the messages of refused options. */
export const OWNER = 'createNestarcClient';

const part = z.looseObject({}).optional();

/** The parts are looked at by the extensions that they are for, which name themselves where they refuse something. */
const schema = z
  .strictObject({
    tenancy: z.looseObject({ service: z.looseObject({}, 'expected the TenancyService of the application') }).optional(),
    softDelete: part,
    audit: part,
  })
  .refine((parts) => Object.values(parts).some((options) => options !== undefined), {
    message: 'expected at least one of tenancy, softDelete and audit: the client would be left as it is',
  });

/**
 * Refuses parts that do not exist, and options without any: a client that was meant to be protected is not handed out bare.
 *
 * @param options - what the user passed
 * @throws InvalidOptionsError naming the path of what is refused
 */
export function checkNestarcClientOptions(options: NestarcClientOptions): void {
  resolveOptions(OWNER, schema, options);
}
