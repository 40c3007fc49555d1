import { InvalidOptionsError } from '@nestarc/core';
import type { ModelMetadata } from '@nestarc/prisma';
import { OWNER, type ResolvedSoftDeleteOptions } from '../options/soft-delete-options.schema';
import { cascadeEdges } from './cascade-edges';
import { markedModel } from './marked-model';
import type { CascadeEdge, SoftModel } from './soft-model';

/** What soft deletes need to know of a schema, checked against the options once, when a client is extended. */
export class SoftDeleteSchema {
  /** What the client knows of the schema. */
  readonly metadata: ModelMetadata;
  /** The models whose rows are deleted softly. */
  readonly models: readonly SoftModel[];
  /** The relations along which deletions spread. */
  readonly edges: readonly CascadeEdge[];
  readonly #byName: ReadonlyMap<string, SoftModel>;
  readonly #edgesByParent: ReadonlyMap<string, readonly CascadeEdge[]>;

  /**
   * @param metadata - what the client knows of the schema
   * @param options - the resolved options
   * @throws InvalidOptionsError naming each model, field and relation that is not there
   */
  constructor(metadata: ModelMetadata, options: ResolvedSoftDeleteOptions) {
    const refusals: InvalidOptionsError[] = [];
    const models = options.softDeleteModels.flatMap((name, index) => {
      const found = markedModel(metadata, options, name, index);
      if (!Array.isArray(found)) return [found];
      refusals.push(...found);
      return [];
    });
    this.metadata = metadata;
    this.#byName = new Map(models.map((model) => [model.name, model]));
    this.models = Object.freeze([...this.#byName.values()]);
    // Misspelt models would be reported a second time, as parents and children that are not soft-deletable.
    const { edges, refused } = cascadeEdges(metadata, this.models, refusals.length > 0 ? {} : options.cascade);
    this.edges = Object.freeze(edges);
    this.#edgesByParent = groupByParent(edges);
    refuse([...refusals, ...refused]);
  }

  /**
   * Finds a model whose rows are deleted softly.
   *
   * @param name - its name, as the schema spells it
   */
  soft(name: string): SoftModel | undefined {
    return this.#byName.get(name);
  }

  /**
   * Gives the relations along which a deletion spreads from a model.
   *
   * @param name - name of the parent
   */
  edgesFrom(name: string): readonly CascadeEdge[] {
    return this.#edgesByParent.get(name) ?? [];
  }
}

function groupByParent(edges: readonly CascadeEdge[]): ReadonlyMap<string, readonly CascadeEdge[]> {
  const parents = new Set(edges.map(({ parent }) => parent.name));
  return new Map([...parents].map((name) => [name, edges.filter(({ parent }) => parent.name === name)]));
}

function refuse(refusals: readonly InvalidOptionsError[]): void {
  const [first] = refusals;
  if (first === undefined) return;
  if (refusals.length === 1) throw first;
  throw new InvalidOptionsError(
    OWNER,
    refusals.flatMap(({ problems }) => problems),
  );
}
