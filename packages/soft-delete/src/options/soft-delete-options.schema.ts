import { resolveOptions } from '@nestarc/core';
import { z } from 'zod';
import type {
  DeletedToOne,
  DeletedUpsert,
  Enforcement,
  SoftDeleteEventTarget,
  SoftDeleteExtensionOptions,
} from './soft-delete.options';

/** A field that is named by the user has to be there; one by default is used where it is. */
export interface MarkField {
  /** Name of the field. */
  readonly name: string;
  /** Whether the user named it. */
  readonly isRequired: boolean;
}

/** The options as the extension works with them: defaults filled in, frozen. */
export interface ResolvedSoftDeleteOptions {
  /** Names of the models whose rows are deleted softly, as the user wrote them. */
  readonly softDeleteModels: readonly string[];
  /** Field that holds when a row was deleted. */
  readonly deletedAtField: string;
  /** Field that holds who deleted a row. */
  readonly deletedByField: MarkField | undefined;
  /** Field that holds which deletion took a row. */
  readonly deletionIdField: MarkField | undefined;
  /** Children by parent, as the user wrote them. */
  readonly cascade: Readonly<Record<string, readonly string[]>>;
  /** How many levels a cascade may reach. */
  readonly maxCascadeDepth: number;
  /** What upserts of deleted rows do. */
  readonly deletedUpsert: DeletedUpsert;
  /** What to-one relations to deleted rows give. */
  readonly deletedToOne: DeletedToOne;
  /** Who keeps deleted rows out of sight. */
  readonly enforcement: Enforcement;
  /** Told of deletions. */
  readonly eventEmitter: SoftDeleteEventTarget | undefined;
}

const markField = (name: string): z.ZodType<MarkField | undefined> =>
  z
    .string()
    .min(1)
    .nullish()
    .transform((given) => (given === null ? undefined : { name: given ?? name, isRequired: given !== undefined }));

const target = z.custom<SoftDeleteEventTarget>(
  (value) => typeof (value as Partial<SoftDeleteEventTarget> | null)?.emitSoftDeleted === 'function',
  'expected an object with a method emitSoftDeleted',
);

const always = 'filters of relations are always on; ask with withDeleted() where deleted rows are wanted';

const schema = z.strictObject({
  softDeleteModels: z.array(z.string().min(1)),
  deletedAtField: z.string().min(1).default('deletedAt'),
  deletedByField: markField('deletedBy'),
  deletionIdField: markField('deletionId'),
  cascade: z.record(z.string(), z.array(z.string().min(1))).default({}),
  maxCascadeDepth: z.int().min(1).default(Number.MAX_SAFE_INTEGER),
  deletedUpsert: z.enum(['create', 'revive', 'error']).default('create'),
  deletedToOne: z.enum(['null', 'error']).default('null'),
  enforcement: z.enum(['client', 'database']).default('client'),
  eventEmitter: target.nullish().transform((given) => given ?? undefined),
  dmmf: z.unknown().optional(),
  relationFilters: z
    .union([
      z.boolean().refine((on) => on, always),
      z.strictObject({
        enabled: z
          .boolean()
          .refine((on) => on, always)
          .optional(),
        maxDepth: z.number().optional(),
      }),
    ])
    .optional(),
});

/**
 * Validates the options of the extension and fills in the defaults.
 *
 * @param options - what the user passed
 * @throws InvalidOptionsError naming the path of every refused option
 */
export function resolveSoftDeleteOptions(options: SoftDeleteExtensionOptions): ResolvedSoftDeleteOptions {
  const { dmmf: _dmmf, relationFilters: _filters, ...resolved } = resolveOptions(OWNER, schema, options);
  return { ...resolved, deletedByField: resolved.deletedByField, deletionIdField: resolved.deletionIdField };
}

/** Opens the messages of refused options. */
export const OWNER = 'createPrismaSoftDeleteExtension';
