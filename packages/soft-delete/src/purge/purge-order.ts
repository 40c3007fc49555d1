import type { ModelMetadata } from '@nestarc/prisma';
import type { PurgedModel } from './purge.options';
import { referencesTo } from './reference';

/** Models whose rows can only be removed together, because they refer to each other in a circle; mostly a single one. */
export interface PurgeGroup {
  /** The models. */
  readonly models: readonly PurgedModel[];
  /** Whether their rows refer to rows among them. */
  readonly isCyclic: boolean;
}

/**
 * Puts models into an order in which those that refer to others come ahead of these: Tarjan's strongly connected components.
 *
 * @param metadata - what the client knows of the schema
 * @param models - the models
 */
export function purgeOrder(metadata: ModelMetadata, models: readonly PurgedModel[]): readonly PurgeGroup[] {
  const groups: PurgeGroup[] = [];
  const open: PurgedModel[] = [];
  const numbers = new Map<PurgedModel, number>();
  for (const model of models) if (!numbers.has(model)) visit(model);
  return groups;

  function childrenOf({ soft }: PurgedModel): readonly PurgedModel[] {
    const names = new Set(referencesTo(metadata, soft.name).map(({ child }) => child.name));
    return models.filter((model) => names.has(model.soft.name));
  }

  function visit(model: PurgedModel): number {
    const number = numbers.size;
    numbers.set(model, number);
    open.push(model);
    let lowest = number;
    for (const child of childrenOf(model)) {
      const seen = numbers.get(child);
      if (seen === undefined) lowest = Math.min(lowest, visit(child));
      else if (open.includes(child)) lowest = Math.min(lowest, seen);
    }
    if (lowest === number) close(model);
    return lowest;
  }

  function close(model: PurgedModel): void {
    const members = open.splice(open.indexOf(model));
    const isCyclic = members.length > 1 || childrenOf(model).includes(model);
    groups.push({ models: members, isCyclic });
  }
}
