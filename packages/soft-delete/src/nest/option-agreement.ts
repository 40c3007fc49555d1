import { InvalidOptionsError, type OptionProblem } from '@nestarc/core';
import type { SoftDeleteAttachment } from '../model/soft-delete-attachment';
import type { CascadeEdge } from '../model/soft-model';
import { SoftDeleteSchema } from '../model/soft-delete-schema';
import type { MarkField } from '../options/soft-delete-options.schema';
import { MODULE, type ResolvedSoftDeleteModuleOptions } from './soft-delete-module.schema';

/**
 * Compares what the module was told with what the client does: said twice, it has to be the same.
 *
 * @param given - options of the module
 * @param attachment - how the client deletes softly
 * @throws InvalidOptionsError naming each option that says something else, and each model, field or relation that is not there
 */
export function assertAgreement(given: ResolvedSoftDeleteModuleOptions, attachment: SoftDeleteAttachment): void {
  const { options, schema } = attachment;
  const meant = new SoftDeleteSchema(schema.metadata, {
    ...options,
    softDeleteModels: given.softDeleteModels ?? options.softDeleteModels,
    cascade: given.cascade ?? {},
  });
  const compared: readonly Comparison[] = [
    ['softDeleteModels', namesOf(meant), namesOf(schema)],
    ['cascade', given.cascade && relationsOf(meant.edges), relationsOf(schema.edges)],
    ['deletedAtField', given.deletedAtField, options.deletedAtField],
    ['deletedByField', given.deletedByField, nameOf(options.deletedByField)],
    ['deletionIdField', given.deletionIdField, nameOf(options.deletionIdField)],
    ['maxCascadeDepth', given.maxCascadeDepth, options.maxCascadeDepth],
  ];
  const problems = compared.flatMap(([path, said, does]): OptionProblem[] =>
    said === undefined || said === does
      ? []
      : [{ path, message: `says ${String(said)}, but the extension of the client has ${String(does)}` }],
  );
  if (problems.length > 0) throw new InvalidOptionsError(MODULE, problems);
}

type Said = string | number | null | undefined;
type Comparison = readonly [path: string, said: Said, does: Said];

const nameOf = (field: MarkField | undefined): string | null => field?.name ?? null;

const listOf = (names: readonly string[]): string => (names.length === 0 ? 'none' : [...names].sort().join(', '));

const namesOf = ({ models }: SoftDeleteSchema): string => listOf(models.map(({ name }) => name));

const relationsOf = (edges: readonly CascadeEdge[]): string =>
  listOf(edges.map(({ parent, child, childField }) => `${parent.name} → ${child.name}.${childField}`));
