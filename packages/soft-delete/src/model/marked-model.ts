import { InvalidOptionsError } from '@nestarc/core';
import type { FieldInfo, ModelInfo, ModelMetadata } from '@nestarc/prisma';
import { SoftDeleteFieldMissingError } from '../errors/boot.errors';
import { type MarkField, OWNER, type ResolvedSoftDeleteOptions } from '../options/soft-delete-options.schema';
import type { SoftModel } from './soft-model';

/**
 * Looks up a model that is to be deleted softly, and the fields that mark its deleted rows.
 *
 * @param metadata - what the client knows of the schema
 * @param options - the resolved options
 * @param name - the model as the user wrote it, in any case
 * @param index - its place in the option
 * @returns the model, or what is wrong
 */
export function markedModel(
  metadata: ModelMetadata,
  options: ResolvedSoftDeleteOptions,
  name: string,
  index: number,
): SoftModel | InvalidOptionsError[] {
  const spelt = metadata.names.find((other) => other.toLowerCase() === name.toLowerCase());
  const info = spelt === undefined ? undefined : metadata.model(spelt);
  if (info === undefined) {
    const message = `the schema has no model "${name}"`;
    return [new InvalidOptionsError(OWNER, [{ path: `softDeleteModels[${index}]`, message }])];
  }
  const { deletedAtField, deletedByField, deletionIdField } = options;
  const problems = [
    ...problemOf(info, deletedAtField, 'deletedAtField', isInstant, INSTANT),
    ...problemOfMark(info, deletedByField, 'deletedByField'),
    ...problemOfMark(info, deletionIdField, 'deletionIdField'),
  ];
  if (problems.length > 0) return problems;
  return Object.freeze({
    name: info.name,
    info,
    deletedAt: deletedAtField,
    deletedBy: markOf(info, deletedByField),
    deletionId: markOf(info, deletionIdField),
  });
}

type Expectation = (field: FieldInfo) => boolean;

const isNullable =
  (type: string): Expectation =>
  (field) =>
    field.type === type && !field.isRequired && !field.isList;

const isText = isNullable('String');

/** A day is that of many deletions, and a time of day is none: neither the cascade nor the cutoff of a purge could go by it. */
const isInstant: Expectation = (field) =>
  isNullable('DateTime')(field) && !/^(Date|Time|Timetz)(\(|$)/.test(field.nativeType ?? '');

const INSTANT = 'an optional DateTime, and neither @db.Date nor @db.Time';

function problemOf(
  info: ModelInfo,
  name: string,
  path: string,
  expected: Expectation,
  words: string,
): InvalidOptionsError[] {
  const field = info.field(name);
  if (field === undefined) return [new SoftDeleteFieldMissingError(info.name, name, path)];
  if (expected(field)) return [];
  return [new SoftDeleteFieldMissingError(info.name, name, path, `${info.name}.${name} has to be ${words}`)];
}

function problemOfMark(info: ModelInfo, mark: MarkField | undefined, path: string): InvalidOptionsError[] {
  return mark?.isRequired === true ? problemOf(info, mark.name, path, isText, 'an optional String') : [];
}

/** A field that merely has the name of the default is not taken for one of ours. */
function markOf(info: ModelInfo, mark: MarkField | undefined): string | undefined {
  const field = mark === undefined ? undefined : info.field(mark.name);
  return field !== undefined && isText(field) ? field.name : undefined;
}
