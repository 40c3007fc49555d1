import { ModelMetadata } from '@nestarc/prisma';
import type { ClientPort, Row } from './client-port';
import type { TenantTable } from './isolation-subject';

/** A model delegate of a Prisma client. */
export interface Delegate {
  findMany(args?: object): PromiseLike<readonly Row[]>;
  findUnique(args: object): PromiseLike<Row | null>;
}

/**
 * Finds the delegate of a model.
 *
 * @param port - the client
 * @param model - name of the model, as the schema spells it
 * @returns the delegate, or `undefined` for a pool
 */
export function delegateOf(port: ClientPort, model: string): Delegate | undefined {
  const name = model.charAt(0).toLowerCase() + model.slice(1);
  return (port.prisma as unknown as Readonly<Record<string, Delegate | undefined>> | undefined)?.[name];
}

/**
 * Tells how Prisma's `where` names one row of a model.
 *
 * @param port - the client
 * @param model - the model
 * @returns `undefined` where Prisma knows no such fields, or the values would need another type than JSON has
 */
export function keyOf(port: ClientPort, { model, table }: TenantTable): ((row: Row) => object) | undefined {
  if (port.prisma === undefined) return undefined;
  const metadata = ModelMetadata.of(port.prisma);
  const keys = table.columns.filter(({ key }) => key);
  const fields = keys.map(({ name, type }) =>
    /^(uuid|text|character|integer|smallint)/.test(type) ? metadata.findField(model, name) : undefined,
  );
  const names = fields.filter((name) => name !== undefined);
  if (names.length !== keys.length) return undefined;
  const values = (row: Row): object => Object.fromEntries(names.map((name, at) => [name, row[keys[at]?.name ?? '']]));
  return names.length === 1 ? values : (row) => ({ [names.join('_')]: values(row) });
}
