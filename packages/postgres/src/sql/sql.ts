import { quoteIdentifier } from './identifier';

/** Marks what this module made: parsed JSON can never carry it, so outside data cannot pose as SQL. */
const NODE = Symbol.for('@nestarc/postgres:sql');

/** A piece of SQL with its values apart from its text. */
export interface SqlFragment {
  readonly [NODE]: readonly SqlPart[];
  /** The statement with `$1`, `$2`, … in the places of its values, as pg takes it. */
  readonly text: string;
  /** The values, in the order of their numbers. */
  readonly values: readonly unknown[];
}

type SqlPart = { readonly raw: string } | { readonly value: unknown };

const isFragment = (value: unknown): value is SqlFragment =>
  typeof value === 'object' && value !== null && NODE in value;

function fragment(parts: readonly SqlPart[]): SqlFragment {
  const values: unknown[] = [];
  const text = parts.map((part) => ('raw' in part ? part.raw : `$${values.push(part.value)}`)).join('');
  return Object.freeze({ [NODE]: parts, text, values: Object.freeze(values) });
}

/**
 * Builds SQL from a template. Interpolated values become parameters, never text; other fragments and identifiers are
 * merged in.
 *
 * @param strings - the template's text
 * @param inputs - values, fragments or identifiers
 * @returns a query that `pool.query(…)` takes as it is
 */
export function sql(strings: TemplateStringsArray, ...inputs: readonly unknown[]): SqlFragment {
  const parts = strings.flatMap((raw, index): readonly SqlPart[] => {
    if (index === 0) return [{ raw }];
    const input = inputs[index - 1];
    return [...(isFragment(input) ? input[NODE] : [{ value: input }]), { raw }];
  });
  return fragment(parts);
}

/**
 * A quoted name for use inside {@link sql}: `identifier('public', 'users')` is `"public"."users"`.
 *
 * @param names - the name, or the parts of a qualified name
 * @throws UnsupportedStatementError for a part that cannot be a name
 */
export function identifier(...names: readonly [string, ...string[]]): SqlFragment {
  return fragment([{ raw: names.map(quoteIdentifier).join('.') }]);
}

/**
 * Joins fragments, by `, ` unless told otherwise.
 *
 * @param fragments - what to join
 * @param separator - a fragment that goes between them
 */
export function joinSql(fragments: readonly SqlFragment[], separator: SqlFragment = sql`, `): SqlFragment {
  return fragment(fragments.flatMap((item, index) => (index === 0 ? item[NODE] : [...separator[NODE], ...item[NODE]])));
}
