import { InvalidOptionsError } from '@nestarc/core';
import type { FieldInfo, ModelMetadata } from '@nestarc/prisma';
import { CascadeRelationNotFoundError } from '../errors/boot.errors';
import { OWNER } from '../options/soft-delete-options.schema';
import type { CascadeEdge, SoftModel } from './soft-model';

/** The relations that the option names, and what is wrong with it. */
export interface CascadeEdges {
  /** The relations. */
  readonly edges: readonly CascadeEdge[];
  /** What is wrong. */
  readonly refused: readonly InvalidOptionsError[];
}

/**
 * Finds the relations along which deletions spread.
 *
 * @param metadata - what the client knows of the schema
 * @param models - the models whose rows are deleted softly
 * @param cascade - children by parent, as the user wrote them
 */
export function cascadeEdges(
  metadata: ModelMetadata,
  models: readonly SoftModel[],
  cascade: Readonly<Record<string, readonly string[]>>,
): CascadeEdges {
  const edges: CascadeEdge[] = [];
  const refused: InvalidOptionsError[] = [];
  const softNamed = (name: string): SoftModel | undefined =>
    models.find((model) => model.name.toLowerCase() === name.toLowerCase());
  for (const [parentName, children] of Object.entries(cascade)) {
    const parent = softNamed(parentName);
    if (parent === undefined) refused.push(refusal(`cascade.${parentName}`, notSoft(metadata, parentName)));
    else children.forEach((child, index) => add(parent, child, `cascade.${parentName}[${index}]`));
  }
  return { edges, refused };

  function add(parent: SoftModel, named: string, path: string): void {
    const [childName = '', fieldName] = named.split('.');
    const child = softNamed(childName);
    if (child === undefined) return void refused.push(refusal(path, notSoft(metadata, childName)));
    const relations = child.info.fields.filter(
      (field) => refersTo(field, parent) && (fieldName === undefined || field.name === fieldName),
    );
    const [relation] = relations;
    if (relation?.relation === undefined) {
      return void refused.push(new CascadeRelationNotFoundError(parent.name, named, path));
    }
    if (relations.length > 1) {
      const choices = relations.map(({ name }) => `"${child.name}.${name}"`).join(' or ');
      const message = `${child.name} has several relations to ${parent.name}: name ${choices}, or each of them`;
      return void refused.push(refusal(path, message));
    }
    const { fields, references } = relation.relation;
    edges.push(Object.freeze({ parent, child, childField: relation.name, childKeys: fields, parentKeys: references }));
  }
}

const refersTo = ({ relation }: FieldInfo, parent: SoftModel): boolean =>
  relation?.model === parent.name && relation.fields.length > 0;

const refusal = (path: string, message: string): InvalidOptionsError =>
  new InvalidOptionsError(OWNER, [{ path, message }]);

function notSoft(metadata: ModelMetadata, name: string): string {
  const exists = metadata.names.some((model) => model.toLowerCase() === name.toLowerCase());
  return exists ? `"${name}" is not one of softDeleteModels` : `the schema has no model "${name}"`;
}
