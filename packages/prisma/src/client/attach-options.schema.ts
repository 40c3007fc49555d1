import { resolveOptions } from '@nestarc/core';
import { isSettingName } from '@nestarc/postgres';
import { z } from 'zod';
import type { AttachOptions } from './attach-context';

const settingName = z
  .string()
  .refine(isSettingName, 'expected a custom setting name such as "app.current_tenant"')
  .optional();
const aFunction = z.custom<never>((value) => typeof value === 'function', 'expected a function').optional();

const schema = z.strictObject({
  settings: z
    .strictObject({
      tenant: settingName,
      actorId: settingName,
      actorType: settingName,
      requestId: settingName,
      mode: settingName,
    })
    .optional(),
  onMissingTenant: z.enum(['refuse', 'bypass']).optional(),
  dangerouslyAllowPrivilegedRole: z.boolean().optional(),
  dangerouslyAllowUnprotectedJoinTables: z.boolean().optional(),
  transport: z.enum(['auto', 'pipelined', 'transaction']).optional(),
  onOperation: aFunction,
  warn: aFunction,
});

/**
 * Validates the options of `attachContext`.
 *
 * @param options - what the user passed
 * @throws InvalidOptionsError naming the path of every refused option
 */
export function checkAttachOptions(options: AttachOptions): void {
  resolveOptions('attachContext', schema, options);
}
