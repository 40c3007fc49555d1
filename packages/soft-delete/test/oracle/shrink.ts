import type { Args, Query } from './query';

/** How many smaller queries are tried. */
const MAX_TRIES = 400;

/**
 * Makes a failing query smaller: takes parts away as long as it fails without them.
 *
 * @param query - the query
 * @param fails - tells whether a query fails
 */
export async function shrink(query: Query, fails: (smaller: Query) => Promise<boolean>): Promise<Query> {
  let smallest = query;
  let tries = 0;
  for (let isShrinking = true; isShrinking;) {
    isShrinking = false;
    for (const smaller of smallerQueries(smallest)) {
      if ((tries += 1) > MAX_TRIES) return smallest;
      if (!(await fails(smaller))) continue;
      smallest = smaller;
      isShrinking = true;
      break;
    }
  }
  return smallest;
}

function* smallerQueries(query: Query): Generator<Query> {
  if (query.calls.length > 1) {
    for (let index = 0; index < query.calls.length; index += 1) {
      yield { ...query, calls: query.calls.filter((_, other) => other !== index) };
    }
  }
  for (const [index, args] of query.calls.entries()) {
    for (const smaller of smallerValues(args)) {
      yield { ...query, calls: query.calls.map((call, other) => (other === index ? (smaller as Args) : call)) };
    }
  }
  for (const [index, { field, args }] of query.chain.entries()) {
    for (const smaller of args === undefined ? [] : [undefined, ...smallerValues(args)]) {
      const link = { field, args: smaller as Args | undefined };
      yield { ...query, chain: query.chain.map((held, other) => (other === index ? link : held)) };
    }
  }
}

function* smallerValues(value: unknown): Generator<unknown> {
  if (Array.isArray(value)) {
    for (const index of value.keys()) yield value.filter((_, other) => other !== index);
    for (const [index, member] of value.entries()) {
      for (const smaller of smallerValues(member)) {
        yield value.map((held: unknown, other) => (other === index ? smaller : held));
      }
    }
  } else if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    const entries = Object.entries(value);
    for (const [key] of entries) yield Object.fromEntries(entries.filter(([other]) => other !== key));
    for (const [key, held] of entries) {
      for (const smaller of smallerValues(held)) yield { ...value, [key]: smaller };
    }
  }
}
