import { isGiven, isQueryObject, type QueryObject } from './query-value';

const ACCUMULATORS = ['_sum', '_avg', '_min', '_max'] as const;

/**
 * Gives what Prisma answers to a query that finds no row.
 *
 * @param action - the operation
 * @param args - its arguments
 */
export function emptyAnswer(action: string, args: QueryObject): unknown {
  switch (action) {
    case 'findMany':
      return [];
    case 'count':
      return isQueryObject(args['select']) ? valueOfEach(args['select'], 0) : 0;
    case 'aggregate':
      return emptyAggregate(args);
    default:
      return null;
  }
}

function emptyAggregate(args: QueryObject): QueryObject {
  const { _count: count } = args;
  const accumulated = ACCUMULATORS.flatMap((name) => {
    const fields = args[name];
    return isQueryObject(fields) ? [[name, valueOfEach(fields, null)] as const] : [];
  });
  return {
    ...(count === true ? { _count: 0 } : isQueryObject(count) ? { _count: valueOfEach(count, 0) } : {}),
    ...Object.fromEntries(accumulated),
  };
}

const valueOfEach = (fields: QueryObject, value: 0 | null): QueryObject =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([, asked]) => isGiven(asked) && asked !== false)
      .map(([field]) => [field, value]),
  );
