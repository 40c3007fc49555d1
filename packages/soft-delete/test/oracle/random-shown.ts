import type { FieldInfo } from '@nestarc/prisma';
import type { Args } from './query';
import { comparableFields, type QuerySource, randomWhere } from './random-filter';

/** `select`, `include` and `omit` of a model, with relations nested to a depth. */
export function randomShown(source: QuerySource, model: string, depth: number): Args {
  const { random, metadata } = source;
  const fields = metadata.model(model)?.fields ?? [];
  const relations = fields.filter(({ relation }) => relation !== undefined);
  const lists = relations.filter(({ isList }) => isList);
  const shown: Args = {};
  if (depth > 0) {
    for (const field of random.some(relations, 0.45)) {
      shown[field.name] = random.chance(0.15) ? true : randomRelated(source, field, depth - 1);
    }
    if (lists.length > 0 && random.chance(0.35)) shown['_count'] = randomCount(source, lists);
    if (random.chance(0.05) && relations.length > 0) {
      shown[random.pick(relations).name] ??= random.pick([undefined, false]);
    }
  }
  if (random.chance(0.5)) {
    const scalars = random.some([...comparableFields(source, model), ...fields.filter(isMark)], 0.4, 1);
    return { select: { ...shown, ...Object.fromEntries(scalars.map(({ name }) => [name, true])) } };
  }
  const omitted = random.chance(0.3)
    ? random.some(
        fields.filter(({ kind }) => kind === 'scalar'),
        0.3,
      )
    : [];
  return {
    ...(Object.keys(shown).length === 0 ? {} : { include: shown }),
    ...(omitted.length === 0
      ? {}
      : { omit: Object.fromEntries(omitted.map(({ name }) => [name, random.chance(0.8)])) }),
  };
}

const isMark = ({ name }: FieldInfo): boolean => name === 'deletedAt';

function randomRelated(source: QuerySource, field: FieldInfo, depth: number): Args {
  const target = field.relation?.model ?? '';
  const shown = randomShown(source, target, depth);
  return field.isList ? { ...randomList(source, target, depth), ...shown } : shown;
}

function randomCount(source: QuerySource, lists: readonly FieldInfo[]): unknown {
  const { random } = source;
  if (random.chance(0.3)) return true;
  const counted = random.some(lists, 0.6, 1).map(({ name, relation }) => {
    const where = random.chance(0.5) ? { where: randomWhere(source, relation?.model ?? '', 2) } : true;
    return [name, where] as const;
  });
  return { select: Object.fromEntries(counted) };
}

/** `where`, and where rows come in an order that is the same in both databases, a page of them. */
export function randomList(source: QuerySource, model: string, depth: number): Args {
  const { random } = source;
  const where = random.chance(0.7) ? { where: randomWhere(source, model, Math.max(1, depth)) } : {};
  return random.chance(0.8) ? { ...where, orderBy: randomOrder(source, model), ...randomPage(source, model) } : where;
}

/** A page of rows: `cursor`, `take`, `skip` and `distinct`. */
function randomPage(source: QuerySource, model: string): Args {
  const { random, keys } = source;
  return {
    ...(random.chance(0.2) ? { cursor: keys.some(model) } : {}),
    ...(random.chance(0.4) ? { take: random.pick([1, 2, 3, 5, -1, -2, -4]) } : {}),
    ...(random.chance(0.25) ? { skip: random.int(0, 2) } : {}),
    ...(random.chance(0.15)
      ? { distinct: random.some(plainFields(source, model), 0.3, 1).map(({ name }) => name) }
      : {}),
  };
}

const plainFields = (source: QuerySource, model: string): FieldInfo[] =>
  comparableFields(source, model).filter(({ type, isList }) => !isList && type !== 'Json' && type !== 'Bytes');

/** An order in which no two rows are equal; seldom by relations. */
export function randomOrder(source: QuerySource, model: string): Args[] {
  const { random, metadata } = source;
  const orders: Args[] = random
    .some(plainFields(source, model), 0.2)
    .map(({ name, isRequired }) => ({ [name]: isRequired || random.chance(0.6) ? direction(source) : nulls(source) }));
  if (random.chance(0.08)) orders.unshift(...randomRelationOrder(source, model));
  const key = metadata.model(model)?.primaryKey ?? [];
  return [...random.shuffled(orders), ...key.map((field) => ({ [field]: direction(source) }))];
}

const direction = ({ random }: QuerySource): string => random.pick(['asc', 'desc']);

const nulls = (source: QuerySource): Args => ({
  sort: direction(source),
  nulls: source.random.pick(['first', 'last']),
});

function randomRelationOrder(source: QuerySource, model: string): Args[] {
  const { random, metadata } = source;
  const relations = (metadata.model(model)?.fields ?? []).filter(({ relation }) => relation !== undefined);
  if (relations.length === 0) return [];
  const { name, isList, relation } = random.pick(relations);
  if (isList) return [{ [name]: { _count: direction(source) } }];
  const fields = plainFields(source, relation?.model ?? '').filter(({ isRequired }) => isRequired);
  return [{ [name]: { [random.pick(fields).name]: direction(source) } }];
}
