import type { RelationInfo } from './model-info';
import { argumentOf, attributeOf, namesIn, type SchemaBlock, type SchemaField } from './schema-block';

/** Finds a model by its name. */
export type FindModel = (name: string) => SchemaBlock | undefined;

/**
 * Describes the relation of a field.
 *
 * @param model - the model the field is of
 * @param field - the field; its type is a model
 * @param find - finds the other model
 * @throws Error when the other side is missing
 */
export function relationOf(model: SchemaBlock, field: SchemaField, find: FindModel): RelationInfo {
  const relation = attributeOf(field, 'relation');
  const name = nameOf(model, field);
  const target = find(field.type);
  const opposite = target?.fields.find(
    (other) => other !== field && other.type === model.name && nameOf(target, other) === name,
  );
  if (opposite === undefined) throw new Error(`${model.name}.${field.name} has no field on the other side`);
  return {
    name,
    model: field.type,
    fields: namesIn(argumentOf(relation, 'fields')),
    references: namesIn(argumentOf(relation, 'references')),
    opposite: opposite.name,
    onDelete: argumentOf(relation, 'onDelete')?.text,
    isManyToMany: field.isList && opposite.isList,
  };
}

/** Prisma's own name for a relation joins the models, in order. */
function nameOf(model: SchemaBlock, field: SchemaField): string {
  const given = argumentOf(attributeOf(field, 'relation'), 'name', true)?.text;
  return given ?? (model.name < field.type ? `${model.name}To${field.type}` : `${field.type}To${model.name}`);
}
