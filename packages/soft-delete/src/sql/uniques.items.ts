import { columnsOf, type FieldInfo, type ModelInfo, type ModelMetadata, type UniqueInfo } from '@nestarc/prisma';
import type { SoftModel } from '../model/soft-model';
import { keyOf } from '../writes/unique-where';
import type { InstallItem, InstallTarget } from './install-item';
import { distinctNames } from './object-names';
import { tableOf } from './table-name';
import { replacement } from './unique-replacement.sql';

/** A unique key of a model. */
interface ModelKey {
  readonly model: SoftModel;
  readonly unique: UniqueInfo;
}

/**
 * Gives the unique indexes among active rows, in place of those among all rows.
 *
 * @param target - what is installed
 */
export function uniqueItems({ schema, options }: InstallTarget): InstallItem[] {
  const keys = schema.models.flatMap((model) =>
    model.info.uniques
      .filter(({ fields }) => !isSame(fields, model.info.primaryKey))
      .map((unique): ModelKey => ({ model, unique })),
  );
  const nameOf = distinctNames(keys.map(nameParts));
  return keys.map((key) => {
    const { model, unique } = key;
    const table = tableOf(model.info, options.schema);
    const columns = columnsOf(model.info, unique.fields);
    const title = `unique key (${columns.join(', ')}) of ${table.table}`;
    const reason = reasonToKeep(schema.metadata, model, unique, options.policies);
    if (reason !== undefined) return { title: `${title} stays among all rows: ${reason}`, sql: '', probe: undefined };
    const [deletedAt = ''] = columnsOf(model.info, [model.deletedAt]);
    const sql = replacement({ table, columns, deletedAt, name: nameOf(nameParts(key)) });
    return { title: `${title} among active rows`, sql, probe: undefined };
  });
}

const nameParts = ({ model: { info }, unique }: ModelKey): readonly string[] => [
  info.table,
  ...columnsOf(info, unique.fields),
  'active_key',
];

function reasonToKeep(
  metadata: ModelMetadata,
  model: SoftModel,
  { fields }: UniqueInfo,
  policies: boolean,
): string | undefined {
  if (fields.includes(model.deletedAt)) return 'it holds the mark of deleted rows';
  // Purging, restoring and removing name a row by it, whether it is active or deleted.
  if (isSame(fields, keyOf(model.info))) return 'without a primary key, it is what tells rows apart';
  const referring = foreignKeysTo(metadata, model.info).find(({ relation }) =>
    isSame(relation?.references ?? [], fields),
  );
  if (referring !== undefined) return `the foreign key of ${referring.owner} refers to it`;
  const oneToOne = model.info.fields.find(({ relation }) => isSame(relation?.fields ?? [], fields));
  // Prisma joins the other side of a one-to-one relation without a condition: several rows there would come out as one.
  if (oneToOne !== undefined && !policies) {
    return `${oneToOne.name} is one-to-one, and queries from its other side find one row only where policies hide deleted ones`;
  }
  return undefined;
}

function foreignKeysTo(metadata: ModelMetadata, target: ModelInfo): (FieldInfo & { readonly owner: string })[] {
  return metadata.names.flatMap((name) =>
    (metadata.model(name)?.fields ?? [])
      .filter(({ relation }) => relation?.model === target.name && relation.fields.length > 0)
      .map((field) => ({ ...field, owner: `${name}.${field.name}` })),
  );
}

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length > 0 && one.length === other.length && one.every((name) => other.includes(name));
