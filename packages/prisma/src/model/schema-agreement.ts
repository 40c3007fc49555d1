import type { RuntimeField, RuntimeModel } from '../client/client-internals';
import type { FieldInfo, ModelInfo } from './model-info';

/**
 * Compares what the schema text says with what the client works by.
 *
 * @param models - as read from the schema text
 * @param runtime - as the client has them
 * @returns where they disagree: `User`, `User.email` …; nothing when they agree
 */
export function disagreements(
  models: ReadonlyMap<string, ModelInfo>,
  runtime: Readonly<Record<string, RuntimeModel>>,
): string[] {
  const names = new Set([...models.keys(), ...Object.keys(runtime)]);
  return [...names].flatMap((name) => {
    const known = Object.hasOwn(runtime, name) ? runtime[name] : undefined;
    return inModel(models.get(name), known).map((field) => (field === '' ? name : `${name}.${field}`));
  });
}

function inModel(model: ModelInfo | undefined, runtime: RuntimeModel | undefined): string[] {
  if (!model || !runtime || model.table !== (runtime.dbName ?? model.name) || !isSameSchema(model, runtime)) {
    return [''];
  }
  // The client leaves out what it cannot read.
  const read = new Map(model.fields.filter(({ kind }) => kind !== 'unsupported').map((field) => [field.name, field]));
  const known = new Map(runtime.fields.map((field) => [field.name, field]));
  const names = new Set([...read.keys(), ...known.keys()]);
  return [...names].filter((name) => !isSameField(read.get(name), known.get(name)));
}

/** Earlier versions of Prisma do not tell. */
function isSameSchema(model: ModelInfo, runtime: RuntimeModel): boolean {
  return runtime.schema === undefined || runtime.schema === null || runtime.schema === model.schema;
}

function isSameField(read: FieldInfo | undefined, known: RuntimeField | undefined): boolean {
  if (read === undefined || known === undefined) return false;
  return (
    read.kind === known.kind &&
    read.type === known.type &&
    read.relation?.name === (known.relationName ?? undefined) &&
    (read.kind === 'object' || read.column === (known.dbName ?? known.name))
  );
}
