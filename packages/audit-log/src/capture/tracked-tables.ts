import { InvalidOptionsError } from '@nestarc/core';
import type { ModelInfo, ModelMetadata } from '@nestarc/prisma';
import { AuditModelUnknownError, AuditPrimaryKeyMissingError } from '../errors/audit-model.errors';
import { OWNER, type ResolvedAuditSqlOptions } from '../options/audit-sql-options.schema';
import { redactionRules } from './sensitive-names';
import { columnsOfModel, type TrackedColumn, type TrackedTable } from './tracked-table';

/**
 * Decides which tables are audited, and how.
 *
 * @param metadata - the schema
 * @param options - the resolved options
 * @returns the tables of the models, and those of many-to-many relations between models of which one is audited
 * @throws AuditModelUnknownError when an option names a model that is not there
 * @throws AuditPrimaryKeyMissingError when a model has no primary key
 */
export function trackedTables(metadata: ModelMetadata, options: ResolvedAuditSqlOptions): TrackedTable[] {
  refuseUnknown(metadata, options);
  const models = trackedModels(metadata, options);
  const keyless = models.filter(({ primaryKey }) => primaryKey.length === 0).map((model) => model.name);
  if (keyless.length > 0) {
    throw new AuditPrimaryKeyMissingError(keyless, options.trackedModels ? 'trackedModels' : 'ignoredModels');
  }
  const tables = models.map((model) => tableOf(metadata, model, options));
  refuseRedactedKeys(tables);
  return [...tables, ...joinTables(metadata, models, options)];
}

function trackedModels(metadata: ModelMetadata, options: ResolvedAuditSqlOptions): ModelInfo[] {
  const { table, schema, trackedModels: tracked, ignoredModels } = options;
  const names = tracked ?? metadata.names.filter((name) => !ignoredModels.includes(name));
  const models = [...new Set(names)].flatMap((name) => metadata.model(name) ?? []);
  return models.filter((model) => model.table !== table.table || (model.schema ?? schema) !== table.schema);
}

function refuseUnknown(metadata: ModelMetadata, options: ResolvedAuditSqlOptions): void {
  const { trackedModels: tracked = [], ignoredModels, alwaysAuditedModels, sensitiveFieldsByModel } = options;
  const named = { trackedModels: tracked, ignoredModels, alwaysAuditedModels };
  const all = [
    ...Object.entries(named).flatMap(([option, models]) =>
      models.map((model, index) => ({ path: `${option}[${String(index)}]`, model })),
    ),
    ...Object.keys(sensitiveFieldsByModel).map((model) => ({ path: `sensitiveFieldsByModel.${model}`, model })),
  ];
  const unknown = all.filter(({ model }) => !metadata.has(model));
  if (unknown.length > 0) throw new AuditModelUnknownError(unknown);
}

/** The key is how an entry names its row. */
function refuseRedactedKeys(tables: readonly TrackedTable[]): void {
  const redacted = tables.flatMap(({ model, key }) =>
    key.filter(({ form }) => form === 'redacted').map((column) => ({ path: `${model}.${column.name}`, message: KEY })),
  );
  if (redacted.length > 0) throw new InvalidOptionsError(OWNER, redacted);
}

const KEY =
  'is of the primary key, by which entries name the row, and cannot be redacted: name the model in ignoredModels';

function tableOf(metadata: ModelMetadata, model: ModelInfo, options: ResolvedAuditSqlOptions): TrackedTable {
  const names = [...options.sensitiveFields, ...(options.sensitiveFieldsByModel[model.name] ?? [])];
  const columns = columnsOfModel(model, redactionRules(names));
  const columnOf = (field: string | undefined): TrackedColumn | undefined => {
    const column = field === undefined ? undefined : model.field(field)?.column;
    return columns.find((candidate) => candidate.name === column);
  };
  const find = (candidates: readonly string[]): TrackedColumn | undefined =>
    columnOf(candidates.map((name) => metadata.findField(model.name, name)).find((field) => field !== undefined));
  return {
    model: model.name,
    schema: model.schema ?? options.schema,
    table: model.table,
    columns,
    key: model.primaryKey.flatMap((field) => columnOf(field) ?? []),
    tenant: find(options.tenantIdFields),
    deletedAt: find(options.deletedAtFields),
    sensitiveKeys: names,
    isSuppressible: !options.alwaysAuditedModels.includes(model.name),
  };
}

/** Prisma calls the columns of such a table A and B, in the order of the models' names, and lets nobody rename them. */
function joinTables(
  metadata: ModelMetadata,
  models: readonly ModelInfo[],
  options: ResolvedAuditSqlOptions,
): TrackedTable[] {
  const tables = new Map<string, TrackedTable>();
  for (const model of models) {
    for (const { relation } of model.fields) {
      if (relation?.isManyToMany !== true) continue;
      const other = metadata.model(relation.model) ?? model;
      const ends = model.name < other.name ? ([model, other] as const) : ([other, model] as const);
      const table = joinTable(`_${relation.name}`, ends, options);
      tables.set(table.table, table);
    }
  }
  return [...tables.values()];
}

function joinTable(
  table: string,
  ends: readonly [ModelInfo, ModelInfo],
  { schema, alwaysAuditedModels }: ResolvedAuditSqlOptions,
): TrackedTable {
  const columns = ends.map((model, index): TrackedColumn => {
    const [key] = columnsOfModel(model, redactionRules([])).filter(({ name }) => isKeyColumn(model, name));
    return { name: index === 0 ? 'A' : 'B', form: key?.form ?? 'plain', isList: false, isUpdatedAt: false };
  });
  return {
    model: table,
    schema: ends[0].schema ?? schema,
    table,
    columns,
    key: columns,
    tenant: undefined,
    deletedAt: undefined,
    sensitiveKeys: [],
    isSuppressible: !ends.some(({ name }) => alwaysAuditedModels.includes(name)),
  };
}

const isKeyColumn = (model: ModelInfo, column: string): boolean =>
  model.primaryKey.some((field) => model.field(field)?.column === column);
