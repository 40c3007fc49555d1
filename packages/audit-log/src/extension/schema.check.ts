import { InvalidOptionsError, type OptionProblem } from '@nestarc/core';
import type { ModelInfo, ModelMetadata } from '@nestarc/prisma';
import { EXTENSION, type ResolvedAuditExtensionOptions } from '../options/audit-extension-options.schema';

type Said = Pick<ResolvedAuditExtensionOptions, 'primaryKey' | 'databaseMapping' | 'sql'>;

/**
 * Compares what the options say about tables and keys with the schema, which is what counts.
 *
 * @param metadata - the schema
 * @param options - the options
 * @throws InvalidOptionsError naming each that says something else
 */
export function assertSchemaAgreement(metadata: ModelMetadata, options: Said): void {
  const problems = [...keyProblems(metadata, options), ...mappingProblems(metadata, options)];
  if (problems.length > 0) throw new InvalidOptionsError(EXTENSION, problems);
}

function keyProblems(metadata: ModelMetadata, { primaryKey = {} }: Said): OptionProblem[] {
  return Object.entries(primaryKey).flatMap(([name, fields]) => {
    const path = `primaryKey.${name}`;
    const model = metadata.model(name);
    if (model === undefined) return [unknown(path, name)];
    return differs(path, [fields].flat().join(', '), model.primaryKey.join(', '));
  });
}

function mappingProblems(metadata: ModelMetadata, { databaseMapping = {}, sql }: Said): OptionProblem[] {
  return Object.entries(databaseMapping).flatMap(([name, { tableName, schema, primaryKeyColumn }]) => {
    const path = `databaseMapping.${name}`;
    const model = metadata.model(name);
    if (model === undefined) return [unknown(path, name)];
    return [
      ...differs(`${path}.tableName`, tableName, model.table),
      ...differs(`${path}.schema`, schema, model.schema ?? sql.schema),
      ...differs(`${path}.primaryKeyColumn`, primaryKeyColumn, keyColumns(model)),
    ];
  });
}

const keyColumns = (model: ModelInfo): string =>
  model.primaryKey.map((field) => model.field(field)?.column ?? field).join(', ');

const unknown = (path: string, model: string): OptionProblem => ({ path, message: `the schema has no model ${model}` });

const differs = (path: string, said: string | undefined, is: string): OptionProblem[] =>
  said === undefined || said === is ? [] : [{ path, message: `says ${said}, but the schema of the client says ${is}` }];
