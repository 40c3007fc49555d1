import type { FieldInfo, ModelInfo, ModelMetadata } from '@nestarc/prisma';
import type { KeyPool } from './key-pool';
import { type Args, FieldReference } from './query';
import type { Random } from './random';

/** What random queries are made from, and what they must not ask for. */
export interface QuerySource {
  readonly random: Random;
  readonly metadata: ModelMetadata;
  readonly keys: KeyPool;
  /** Whether `null` filters of relations may occur; then optional foreign keys may not, for they differ. */
  readonly asksForNulls: boolean;
}

/** Fields that mark deleted rows: who mentions them asks for something else. */
const MARKS = ['deletedAt', 'deletedBy', 'deletionId', 'tenantId'];

/** Fields with values of their own that are the same in both databases. */
export function comparableFields({ metadata, asksForNulls }: QuerySource, model: string): FieldInfo[] {
  const info = metadata.model(model);
  return (info?.fields ?? []).filter(
    ({ name, kind }) =>
      kind !== 'object' && !MARKS.includes(name) && !(asksForNulls && info !== undefined && isOptionalKey(info, name)),
  );
}

/** Whether a field belongs to a foreign key that may be null. */
export function isOptionalKey(info: ModelInfo, field: string): boolean {
  return info.fields.some(({ isRequired, relation }) => !isRequired && relation?.fields.includes(field) === true);
}

/** A filter of a model's rows, with relations nested to a depth. */
export function randomWhere(source: QuerySource, model: string, depth: number): Args {
  const { random } = source;
  const where: Args = {};
  for (let count = random.pick([0, 1, 1, 1, 2, 2, 3]); count > 0; count -= 1) {
    const kind = random.next();
    if (kind < 0.2 && depth > 0) {
      const connective = random.pick(['AND', 'OR', 'NOT']);
      const parts = Array.from({ length: random.pick([0, 1, 1, 1, 2, 2, 2]) }, () =>
        randomWhere(source, model, depth - 1),
      );
      where[connective] = connective !== 'OR' && parts.length === 1 && random.chance(0.5) ? parts[0] : parts;
    } else if (kind < 0.7 && depth > 0) {
      Object.assign(where, randomRelationFilter(source, model, depth - 1));
    } else {
      const fields = comparableFields(source, model);
      if (fields.length === 0) continue;
      const field = random.pick(fields);
      where[field.name] = randomScalarFilter(source, model, field);
    }
  }
  if (random.chance(0.05)) where[random.pick(['AND', 'NOT', 'deletedAt', 'id'])] ??= undefined;
  return where;
}

function randomRelationFilter(source: QuerySource, model: string, depth: number): Args {
  const { random, metadata, asksForNulls } = source;
  const relations = (metadata.model(model)?.fields ?? []).filter(({ relation }) => relation !== undefined);
  if (relations.length === 0) return {};
  const { name, isList, isRequired, relation } = random.pick(relations);
  const nested = (): Args =>
    random.chance(0.25) ? random.pick([{}, {}, {}, { OR: [] }]) : randomWhere(source, relation?.model ?? '', depth);
  if (isList) {
    const quantifiers = random.some(['some', 'every', 'none'], 0.3, 1);
    return { [name]: Object.fromEntries(quantifiers.map((quantifier) => [quantifier, nested()])) };
  }
  const nullable = !isRequired && asksForNulls;
  const forms: (() => unknown)[] = [
    () => ({ is: nested() }),
    () => ({ isNot: nested() }),
    () => ({ is: nested(), isNot: nested() }),
    nested,
    ...(nullable
      ? [() => null, () => ({ is: null }), () => ({ isNot: null }), () => ({ is: null, isNot: nested() })]
      : [() => ({ is: undefined })]),
    ...(nullable ? [() => ({ is: nested(), isNot: null })] : []),
  ];
  return { [name]: random.pick(forms)() };
}

function randomScalarFilter(source: QuerySource, model: string, field: FieldInfo): unknown {
  const { random } = source;
  if (field.isList) return { has: random.pick(['ash', 'elm']) };
  if (field.type === 'Json') return { path: ['a'], equals: 1 };
  if (field.type === 'Bytes' || (!field.isRequired && random.chance(0.3))) return random.pick([null, { not: null }]);
  if (field.type === 'Int' && random.chance(0.15)) {
    return { [random.pick(['gt', 'lte'])]: new FieldReference(model, field.name) };
  }
  return randomComparison(source, model, field);
}

function randomComparison(
  { random, keys }: QuerySource,
  model: string,
  { name, kind, type, nativeType }: FieldInfo,
): unknown {
  const known = keys.value(model, name);
  if (known === null) return { not: null };
  if (kind === 'enum' || nativeType === 'Uuid') return random.pick([known, { in: [known] }, { not: known }]);
  const operators = [
    'equals',
    'not',
    'gt',
    'lte',
    'in',
    'notIn',
    ...(type === 'String' ? ['contains', 'startsWith'] : []),
  ];
  const operator = random.pick(operators);
  return { [operator]: operator === 'in' || operator === 'notIn' ? [known, keys.value(model, name) ?? known] : known };
}
