import type { ModelInfo } from '@nestarc/prisma';
import { isGiven, isQueryObject, mapValues, type QueryObject } from '../reads/query-value';
import { reachesDeleted } from '../reads/schema-reach';
import { rewriteNestedWrite } from './nested-write.rewriter';
import type { WriteRun } from './write.run';

/**
 * Rewrites the nested writes in the data of a row, at every depth.
 *
 * @param run - collects what has to be done besides
 * @param model - name of the row's model
 * @param data - the data, never changed
 * @param rows - a filter that finds the row, and others only of the same write; absent for a row that is being made
 */
export function rewriteData(run: WriteRun, model: string, data: unknown, rows: QueryObject | undefined): unknown {
  const { schema } = run.scope;
  const info: ModelInfo | undefined = schema.metadata.model(model);
  if (!isQueryObject(data) || info === undefined || !reachesDeleted(schema, model)) return data;
  run.openForData(model, data);
  return mapValues(data, (value, name) => {
    const field = info.field(name);
    const { relation } = field ?? {};
    if (field === undefined || relation === undefined || !isGiven(value) || !isQueryObject(value)) return value;
    if (!reachesDeleted(schema, relation.model)) return value;
    return rewriteNestedWrite(run, { field, relation, owners: rows }, value);
  });
}
