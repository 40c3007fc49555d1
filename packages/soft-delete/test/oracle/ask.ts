import { FieldReference, type Args, type Query } from './query';

/** What a query came to: its answer, or the code of its failure. */
export type Outcome = { readonly answer: unknown } | { readonly failure: string; readonly error: unknown };

type Call = (args?: unknown) => unknown;
type Delegate = Readonly<Record<string, Call>> & { readonly fields: Readonly<Record<string, unknown>> };

/** Puts a query to a client. */
export async function ask(client: object, { model, action, calls, chain }: Query): Promise<Outcome> {
  const delegate = delegateOf(client, model);
  const [only] = calls;
  if (calls.length > 1) {
    const answers = await Promise.all(calls.map((args) => outcome(() => delegate[action]?.(prepare(client, args)))));
    return { answer: answers };
  }
  return outcome(() => {
    let asked = delegate[action]?.(prepare(client, only ?? {}));
    for (const { field, args } of chain) {
      asked = (asked as Readonly<Record<string, Call>>)[field]?.(
        args === undefined ? undefined : prepare(client, args),
      );
    }
    return asked;
  });
}

async function outcome(work: () => unknown): Promise<Outcome> {
  try {
    return { answer: await work() };
  } catch (error) {
    const { code, name } = error as { code?: string; name: string };
    return { failure: code ?? name, error };
  }
}

const delegateOf = (client: object, model: string): Delegate =>
  Reflect.get(client, model.charAt(0).toLowerCase() + model.slice(1)) as Delegate;

/** Frozen, for arguments belong to the caller. */
function prepare(client: object, args: Args): unknown {
  const copy = (value: unknown): unknown => {
    if (value instanceof FieldReference) return delegateOf(client, value.model).fields[value.field];
    if (Array.isArray(value)) return Object.freeze(value.map(copy));
    if (typeof value !== 'object' || value === null) return value;
    return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, held]) => [key, copy(held)])));
  };
  return copy(args);
}
