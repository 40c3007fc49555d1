import { InvalidOptionsError, resolveOptions } from '@nestarc/core';
import type { InjectionToken } from '@nestjs/common';
import { z } from 'zod';
import type { SoftDeleteModuleFactoryOptions, SoftDeleteModuleOptions } from './soft-delete-module.options';

/** Opens the messages of what the module refuses. */
export const MODULE = 'SoftDeleteModule';

/** The options as the module works with them. Those of the extension are only there where the user said them again. */
export interface ResolvedSoftDeleteModuleOptions {
  /** Tells who acts. */
  readonly actorExtractor?: SoftDeleteModuleOptions['actorExtractor'];
  /** Whether events are announced. */
  readonly enableEvents: boolean;
  /** Names of the models whose rows are deleted softly. */
  readonly softDeleteModels?: readonly string[] | undefined;
  /** Field that holds when a row was deleted. */
  readonly deletedAtField?: string | undefined;
  /** Field that holds who deleted a row. */
  readonly deletedByField?: string | null | undefined;
  /** Field that holds which deletion took a row. */
  readonly deletionIdField?: string | null | undefined;
  /** Children by parent. */
  readonly cascade?: Readonly<Record<string, readonly string[]>> | undefined;
  /** How many levels a cascade may reach. */
  readonly maxCascadeDepth?: number | undefined;
}

const extractor = z.custom<SoftDeleteModuleOptions['actorExtractor']>(
  (value) => typeof value === 'function',
  'expected a function',
);

const schema = z.strictObject({
  actorExtractor: extractor.optional(),
  enableEvents: z.boolean().default(false),
  softDeleteModels: z.array(z.string().min(1)).optional(),
  deletedAtField: z.string().min(1).optional(),
  deletedByField: z.string().min(1).nullish(),
  deletionIdField: z.string().min(1).nullish(),
  cascade: z.record(z.string(), z.array(z.string().min(1))).optional(),
  maxCascadeDepth: z.int().min(1).optional(),
  dmmf: z.unknown().optional(),
});

/**
 * Validates the options of the module.
 *
 * @param options - what the user passed
 * @throws InvalidOptionsError naming the path of every refused option
 */
export function resolveSoftDeleteModuleOptions(
  options: SoftDeleteModuleFactoryOptions,
): ResolvedSoftDeleteModuleOptions {
  const { dmmf: _dmmf, ...resolved } = resolveOptions(MODULE, schema, options);
  return Object.freeze(resolved);
}

/**
 * Validates the token of the Prisma client.
 *
 * @param token - what the user passed
 * @throws InvalidOptionsError when it is none
 */
export function requireToken(token: unknown): InjectionToken {
  const isToken =
    typeof token === 'function' || typeof token === 'symbol' || (typeof token === 'string' && token !== '');
  if (isToken) return token as InjectionToken;
  const message =
    'expected the token that the Prisma client, or the service that holds it as "client", is provided under';
  throw new InvalidOptionsError(MODULE, [{ path: 'prismaServiceToken', message }]);
}
