import type { FieldInfo, ModelInfo, UniqueInfo } from './model-info';
import { relationOf, type FindModel } from './relation-info.builder';
import { argumentOf, attributeOf, namesIn, type SchemaBlock, type SchemaField, type SchemaValue } from './schema-block';

/** What the names in a schema stand for. */
interface Names {
  readonly findModel: FindModel;
  readonly isEnum: (name: string) => boolean;
}

/**
 * Describes the models and views that the client of a schema has: all but those marked `@@ignore`.
 *
 * @param blocks - the blocks of the schema
 * @throws Error when a relation has only one side
 */
export function modelInfosOf(blocks: readonly SchemaBlock[]): Map<string, ModelInfo> {
  const models = new Map(blocks.filter(({ keyword }) => keyword === 'model' || keyword === 'view').map(byName));
  const enums = new Set(blocks.filter(({ keyword }) => keyword === 'enum').map(({ name }) => name));
  const names: Names = { findModel: (name) => models.get(name), isEnum: (name) => enums.has(name) };
  const kept = [...models.values()].filter((block) => attributeOf(block, 'ignore') === undefined);
  return new Map(kept.map((block) => byName(modelInfo(block, names))));
}

function byName<T extends { readonly name: string }>(named: T): [string, T] {
  return [named.name, named];
}

function modelInfo(block: SchemaBlock, names: Names): ModelInfo {
  const kept = block.fields.filter((field) => !isIgnored(field, names));
  const fields = new Map(kept.map((field) => byName(fieldInfo(block, field, names))));
  const idOfField = block.fields.filter((field) => attributeOf(field, 'id')).map(({ name }) => name);
  const compoundId = attributeOf(block, 'id');
  return Object.freeze({
    name: block.name,
    table: argumentOf(attributeOf(block, 'map'), 'name', true)?.text ?? block.name,
    schema: argumentOf(attributeOf(block, 'schema'), 'name', true)?.text,
    fields: [...fields.values()],
    primaryKey: compoundId ? namesIn(argumentOf(compoundId, 'fields', true)) : idOfField,
    uniques: uniquesOf(block),
    documentation: block.documentation,
    field: (name: string) => fields.get(name),
  });
}

function isIgnored(field: SchemaField, { findModel }: Names): boolean {
  const target = field.isUnsupported ? undefined : findModel(field.type);
  return (
    attributeOf(field, 'ignore') !== undefined || (target !== undefined && attributeOf(target, 'ignore') !== undefined)
  );
}

function uniquesOf(block: SchemaBlock): UniqueInfo[] {
  const single = (name: string): UniqueInfo[] =>
    block.fields
      .filter((field) => attributeOf(field, name))
      .map((field) => ({ name: field.name, fields: [field.name] }));
  const compound = (name: string): UniqueInfo[] =>
    block.attributes
      .filter((attribute) => attribute.name === name)
      .map((attribute) => {
        const fields = namesIn(argumentOf(attribute, 'fields', true));
        const given = fields.length > 1 ? argumentOf(attribute, 'name')?.text : undefined;
        return { name: given ?? fields.join('_'), fields };
      });
  return [...single('id'), ...compound('id'), ...single('unique'), ...compound('unique')];
}

function fieldInfo(block: SchemaBlock, field: SchemaField, names: Names): FieldInfo {
  const kind = kindOf(field, names);
  const { name, type, isList, isRequired, documentation } = field;
  return Object.freeze({
    name,
    column: argumentOf(attributeOf(field, 'map'), 'name', true)?.text ?? name,
    kind,
    type,
    isList,
    isRequired,
    isUpdatedAt: attributeOf(field, 'updatedAt') !== undefined,
    nativeType: nativeTypeOf(field),
    documentation,
    relation: kind === 'object' ? relationOf(block, field, names.findModel) : undefined,
  });
}

function kindOf(field: SchemaField, names: Names): FieldInfo['kind'] {
  if (field.isUnsupported) return 'unsupported';
  if (names.findModel(field.type)) return 'object';
  return names.isEnum(field.type) ? 'enum' : 'scalar';
}

/** The only attributes with a dot: `@db.Uuid`, where `db` is what the schema calls its data source. */
function nativeTypeOf(field: SchemaField): string | undefined {
  const attribute = field.attributes.find(({ name }) => name.includes('.'));
  if (attribute === undefined) return undefined;
  const type = attribute.name.slice(attribute.name.indexOf('.') + 1);
  return attribute.args.length > 0 ? `${type}(${attribute.args.map(({ value }) => textOf(value)).join(', ')})` : type;
}

function textOf(value: SchemaValue): string {
  return value.items ? value.items.map(textOf).join(', ') : value.text;
}
