import type { Args, Query } from './query';
import { comparableFields, type QuerySource, randomWhere } from './random-filter';
import { randomList, randomOrder, randomShown } from './random-shown';

const ACTIONS = [
  'findMany',
  'findMany',
  'findMany',
  'findFirst',
  'findFirstOrThrow',
  'findUnique',
  'findUnique',
  'findUniqueOrThrow',
  'batch',
  'chain',
  'count',
  'aggregate',
  'groupBy',
] as const;

/** How deep relations are nested. */
const DEPTH = 4;

/** A query of one of the models. */
export function randomQuery(source: QuerySource, models: readonly string[]): Query {
  const { random, keys } = source;
  const model = random.pick(models);
  const action = random.pick(ACTIONS);
  const query = (used: string, ...calls: Args[]): Query => ({ model, action: used, calls, chain: [] });
  switch (action) {
    case 'findUnique':
    case 'findUniqueOrThrow':
      return query(action, { where: keyAndMore(source, model), ...randomShown(source, model, DEPTH) });
    case 'batch':
      return batch(source, model);
    case 'chain':
      return { ...query('findUnique', { where: keys.some(model) }), chain: randomChain(source, model) };
    case 'count':
    case 'aggregate':
      return query(action, randomAggregate(source, model, action));
    case 'groupBy':
      return query(action, randomGroups(source, model));
    default:
      return query(
        action,
        withOrder(source, model, { ...randomList(source, model, DEPTH), ...randomShown(source, model, DEPTH) }, action),
      );
  }
  function withOrder(from: QuerySource, of: string, args: Args, used: string): Args {
    // The first of rows without an order is not the same one everywhere.
    const { take, ...others } = args;
    const page = used === 'findMany' || take === undefined ? args : { ...others, take: random.pick([1, -1]) };
    return used === 'findMany' || 'orderBy' in args ? page : { ...page, orderBy: randomOrder(from, of) };
  }
}

function keyAndMore(source: QuerySource, model: string): Args {
  const { random, keys } = source;
  return random.chance(0.7) ? keys.some(model) : { ...randomWhere(source, model, 2), ...keys.some(model) };
}

/** Calls of one tick that Prisma makes one statement of. */
function batch(source: QuerySource, model: string): Query {
  const { random, keys } = source;
  const shown = randomShown(source, model, 2);
  const calls = Array.from({ length: random.int(2, 5) }, () => ({ where: keys.some(model), ...shown }));
  return { model, action: random.pick(['findUnique', 'findUniqueOrThrow']), calls, chain: [] };
}

function randomChain(source: QuerySource, model: string): Query['chain'] {
  const { random, metadata } = source;
  const chain: { field: string; args: Args | undefined }[] = [];
  for (let at = model, length = random.int(1, 3); length > 0; length -= 1) {
    const relations = (metadata.model(at)?.fields ?? []).filter(({ relation }) => relation !== undefined);
    if (relations.length === 0) break;
    const { name, isList, relation } = random.pick(relations);
    at = relation?.model ?? '';
    // Nothing is called on a list, and a call on a row replaces what was selected of it.
    const isLast = isList || length === 1;
    const shown = isLast && random.chance(0.6) ? randomShown(source, at, 2) : {};
    const args = isList ? { ...randomList(source, at, 2), ...shown } : shown;
    chain.push({ field: name, args: Object.keys(args).length === 0 ? undefined : args });
    if (isLast) break;
  }
  return chain;
}

function randomAggregate(source: QuerySource, model: string, action: 'count' | 'aggregate'): Args {
  const { random, metadata, keys } = source;
  const where = random.chance(0.7) ? { where: randomWhere(source, model, 3) } : {};
  const key = metadata.model(model)?.primaryKey ?? [];
  const orderBy = key.map((field) => ({ [field]: random.pick(['asc', 'desc']) }));
  const page = random.chance(0.5)
    ? {
        orderBy,
        ...(random.chance(0.5) ? { take: random.pick([2, 4, -3]) } : {}),
        ...(random.chance(0.3) ? { skip: 1 } : {}),
        ...(random.chance(0.4) ? { cursor: keys.some(model) } : {}),
      }
    : {};
  return {
    ...where,
    ...page,
    ...(action === 'count' ? randomCounted(source, model) : randomAccumulated(source, model)),
  };
}

function randomCounted(source: QuerySource, model: string): Args {
  const fields = comparableFields(source, model).map(({ name }) => name);
  if (source.random.chance(0.5)) return {};
  return { select: Object.fromEntries(['_all', ...source.random.some(fields, 0.3)].map((field) => [field, true])) };
}

function randomAccumulated(source: QuerySource, model: string): Args {
  const { random } = source;
  const fields = comparableFields(source, model);
  const ints = fields.filter(({ type, isList }) => ['Int', 'BigInt', 'Decimal'].includes(type) && !isList);
  const comparable = fields.filter(
    ({ type, isList, nativeType }) => type !== 'Json' && type !== 'Bytes' && !isList && nativeType !== 'Uuid',
  );
  const chosen = (from: typeof fields): Args =>
    Object.fromEntries(random.some(from, 0.5, 1).map(({ name }) => [name, true]));
  return {
    _count: random.chance(0.5) ? true : { _all: true, ...chosen(fields) },
    ...(ints.length > 0 ? { _sum: chosen(ints) } : {}),
    ...(ints.length > 0 && random.chance(0.5) ? { _avg: chosen(ints) } : {}),
    ...(comparable.length > 0 ? { _min: chosen(comparable), _max: chosen(comparable) } : {}),
  };
}

function randomGroups(source: QuerySource, model: string): Args {
  const { random } = source;
  const fields = comparableFields(source, model).filter(
    ({ type, isList }) => type !== 'Json' && type !== 'Bytes' && !isList,
  );
  const by = random.some(fields, 0.3, 1).map(({ name }) => name);
  const ints = fields.filter(({ type }) => type === 'Int').map(({ name }) => name);
  const having =
    ints.length > 0 && random.chance(0.5)
      ? { having: { [random.pick(ints)]: { [random.pick(['_sum', '_max', '_count'])]: { gte: random.int(0, 5) } } } }
      : {};
  return {
    by,
    ...(random.chance(0.6) ? { where: randomWhere(source, model, 3) } : {}),
    ...having,
    _count: random.pick([true, { _all: true }]),
    ...(ints.length > 0 ? { _sum: { [random.pick(ints)]: true } } : {}),
    orderBy: [
      ...(random.chance(0.3) ? [{ _count: { [random.pick(by)]: random.pick(['asc', 'desc']) } }] : []),
      ...by.map((field) => ({ [field]: random.pick(['asc', 'desc']) })),
    ],
    ...(random.chance(0.3) ? { take: random.int(1, 4) } : {}),
  };
}
