import type { ModelMetadata } from '@nestarc/prisma';
import type { Args, Query } from './query';

/** Visits the arguments of every list in a query. */
function eachList(metadata: ModelMetadata, query: Query, visit: (model: string, args: Args) => void): void {
  const walk = (model: string, args: unknown, isList: boolean): void => {
    const held = (typeof args === 'object' && args !== null ? args : {}) as Args;
    if (isList) visit(model, held);
    for (const [name, nested] of Object.entries({ ...(held['select'] ?? {}), ...(held['include'] ?? {}) })) {
      const field = metadata.model(model)?.field(name);
      if (field?.relation === undefined || nested === false || nested === undefined) continue;
      walk(field.relation.model, nested, field.isList);
    }
  };
  for (const call of query.calls) walk(query.model, call, !query.action.startsWith('findUnique'));
  let at = query.model;
  for (const { field, args } of query.chain) {
    const info = metadata.model(at)?.field(field);
    at = info?.relation?.model ?? '';
    walk(at, args, info?.isList === true);
  }
}

/** Tells whether some order follows a relation to one of the models. */
export function ordersBy(metadata: ModelMetadata, query: Query, isHidden: (model: string) => boolean): boolean {
  let isFound = false;
  eachList(metadata, query, (model, args) => {
    for (const order of [args['orderBy'] ?? []].flat() as object[]) {
      for (const key of Object.keys(order)) {
        const target = metadata.model(model)?.field(key)?.relation?.model;
        isFound ||= target !== undefined && isHidden(target);
      }
    }
  });
  return isFound;
}

/** Tells whether some list in an order starts at a given row. */
export function goesOnFromRow(metadata: ModelMetadata, query: Query): boolean {
  let isFound = false;
  eachList(metadata, query, (_, args) => {
    isFound ||= 'orderBy' in args && 'cursor' in args;
  });
  return isFound;
}

/** Tells whether all lists come in an order that is the same wherever the rows are. */
export function isOrdered(metadata: ModelMetadata, query: Query): boolean {
  let isSorted = true;
  eachList(metadata, query, (_, args) => {
    isSorted &&= 'orderBy' in args;
  });
  return isSorted;
}
