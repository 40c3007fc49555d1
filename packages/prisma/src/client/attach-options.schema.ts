import { resolveOptions } from '@nestarc/core';
import { isSettingName, type OnMissingTenant, type WireSettings } from '@nestarc/postgres';
import { z } from 'zod';
import type { AttachOptions, Transport } from './attach-context';
import type { OperationHook } from './operation-hook';

/** The options as this package works with them: defaults filled in. */
export interface ResolvedAttachOptions {
  /** Names of the settings that differ from the defaults. */
  readonly settings: Partial<WireSettings>;
  /** What happens to a statement without a tenant. */
  readonly onMissingTenant: OnMissingTenant;
  /** Whether a role above row-level security is let through. */
  readonly dangerouslyAllowPrivilegedRole: boolean;
  /** Whether tables of many-to-many relations outside of row-level security are let through. */
  readonly dangerouslyAllowUnprotectedJoinTables: boolean;
  /** How the context reaches PostgreSQL. */
  readonly transport: Transport;
  /** Stands around every operation. */
  readonly onOperation: OperationHook | undefined;
  /** Told once about something the user should change. */
  readonly warn: (message: string) => void;
}

const settingName = z
  .string()
  .refine(isSettingName, 'expected a custom setting name such as "app.current_tenant"')
  .optional();

const aFunction = <T>(): z.ZodType<T> => z.custom<T>((value) => typeof value === 'function', 'expected a function');

const schema = z.strictObject({
  settings: z
    .strictObject({
      tenant: settingName,
      actorId: settingName,
      actorType: settingName,
      requestId: settingName,
      mode: settingName,
    })
    .default({})
    .transform((names) => names as Partial<WireSettings>),
  onMissingTenant: z.enum(['refuse', 'bypass']).default('refuse'),
  dangerouslyAllowPrivilegedRole: z.boolean().default(false),
  dangerouslyAllowUnprotectedJoinTables: z.boolean().default(false),
  transport: z.enum(['auto', 'pipelined', 'transaction']).default('auto'),
  onOperation: aFunction<OperationHook>().optional(),
  warn: aFunction<ResolvedAttachOptions['warn']>().default(() => emitWarning),
});

const emitWarning = (message: string): void => process.emitWarning(message, 'NestarcWarning');

/**
 * Validates the options of `attachContext` and fills in the defaults.
 *
 * @param options - what the user passed
 * @throws InvalidOptionsError naming the path of every refused option
 */
export function resolveAttachOptions(options: AttachOptions): ResolvedAttachOptions {
  return { onOperation: undefined, ...resolveOptions('attachContext', schema, options) };
}
