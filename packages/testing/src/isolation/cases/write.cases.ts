import { quoteIdentifier } from '@nestarc/postgres';
import type { Row, SqlPort } from '../client-port';
import type { ModelCase } from '../isolation-case';
import { type IsolationSubject, type Ready, type TenantTable, broken, messageOf, unproven } from '../isolation-subject';
import { REFUSED, refusalOf, sqlStateOf } from '../sql-refusal';
import { comparisons, type Reference } from '../table-catalog';
import { byKey, ownRow } from './read.cases';

/** A statement that reads no column asks for no policy of SELECT: only that of UPDATE stands in its way. */
async function updateOfAll(subject: IsolationSubject, { port }: Ready, { table }: TenantTable): Promise<void> {
  const text = `UPDATE ${table.id} SET ${comparisons(table, [subject.tenantColumn], ',')}`;
  for (const tenant of subject.tenants) {
    const rows = await subject.as(tenant, () => subject.rowsOf(port, table));
    const own = rows.filter((row) => subject.belongsTo(row, tenant)).length;
    const outcome = { changed: 0 };
    const update = async (_client: object, sql: SqlPort): Promise<void> => {
      outcome.changed = await sql.execute(text, [tenant]);
    };
    const refusal = await refusalOf(() => subject.as(tenant, () => port.rolledBack(update)));
    if (outcome.changed > own) {
      const reached = `changes ${outcome.changed} rows, of which ${own} are its own`;
      throw broken(`UPDATE of ${table.id} without WHERE as ${tenant} ${reached}`);
    }
    // Its own rows stay as they are, so nothing but a policy or a missing privilege has a reason to refuse.
    if (refusal !== undefined && !isPolicy(refusal.error)) {
      throw broken(
        `UPDATE of ${table.id} without WHERE as ${tenant} is stopped by no policy, only by something else: ` +
          messageOf(refusal.error),
        refusal.error,
      );
    }
  }
}

function isPolicy(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === REFUSED.policy || state === REFUSED.trigger;
}

/** The other way to reach a foreign row: a copy of one's own, in another's name. */
async function insertForAnother(subject: IsolationSubject, ready: Ready, model: TenantTable): Promise<void> {
  for (const [tenant, other] of subject.pairs) {
    const control = await refusalOf(() => reinsert(subject, ready, model, tenant, tenant));
    if (control !== undefined) {
      throw unproven(
        `a row of ${model.table.id} cannot be inserted as ${tenant} at all: ${messageOf(control.error)}`,
        control.error,
      );
    }
    const refusal = await refusalOf(() => reinsert(subject, ready, model, tenant, other));
    expectPolicy(refusal, `INSERT into ${model.table.id} as ${tenant} of a row of ${other}`);
  }
}

/** Creates a row, deletes it and inserts it again in somebody's name; nothing of it stays. */
async function reinsert(
  subject: IsolationSubject,
  { port }: Ready,
  { table, create }: TenantTable,
  tenant: string,
  owner: string,
): Promise<void> {
  await subject.as(tenant, () =>
    port.rolledBack(async (client, sql) => {
      const before = new Set((await subject.rowsOf(sql, table)).map((row) => JSON.stringify(row)));
      await create(client);
      const created = (await subject.rowsOf(sql, table)).find((row) => !before.has(JSON.stringify(row)));
      if (created === undefined) {
        throw unproven(`create() makes no new row of ${table.id}, or not in the transaction it is given`);
      }
      const key = byKey({ model: '', table, create }, created);
      await sql.execute(`DELETE FROM ${table.id} WHERE ${key.where}`, key.values);
      const columns = table.columns
        .filter(({ writable }) => writable)
        .map(({ name }) => quoteIdentifier(name))
        .join(', ');
      const values = JSON.stringify({ ...created, [subject.tenantColumn]: owner });
      await sql.execute(
        `INSERT INTO ${table.id} (${columns}) OVERRIDING SYSTEM VALUE
         SELECT ${columns} FROM jsonb_populate_record(NULL::${table.id}, $1::text::jsonb)`,
        [values],
      );
    }),
  );
}

/** Without WHERE, again: with it the policies of SELECT would look at the moved row, too. */
async function moveToAnother(subject: IsolationSubject, { port }: Ready, { table }: TenantTable): Promise<void> {
  const text = `UPDATE ${table.id} SET ${comparisons(table, [subject.tenantColumn], ',')}`;
  for (const [tenant, other] of subject.pairs) {
    const refusal = await refusalOf(() =>
      subject.as(tenant, () => port.rolledBack((_client, sql) => sql.execute(text, [other]))),
    );
    expectPolicy(refusal, `UPDATE of ${table.id} as ${tenant} that moves rows to ${other}`);
  }
}

/** The check of the policy comes ahead of every constraint: a refusal by one of those means that it let the row pass. */
function expectPolicy(refusal: { readonly error: unknown } | undefined, what: string): void {
  if (refusal === undefined) throw broken(`${what} succeeds: the policy has no WITH CHECK, or one that lets it pass`);
  if (isPolicy(refusal.error)) return;
  throw broken(
    `${what} is not refused by the policy, whose WITH CHECK lets it pass, only by something else: ${messageOf(refusal.error)}`,
    refusal.error,
  );
}

async function referToAnother(subject: IsolationSubject, ready: Ready, model: TenantTable): Promise<void> {
  const { table } = model;
  for (const reference of table.references) {
    const parent = ready.models.find((candidate) => candidate.table.id === reference.table);
    const links = reference.columns
      .map((column, index) => ({ column, target: reference.targets[index] ?? '' }))
      .filter(({ column }) => column !== subject.tenantColumn);
    if (parent === undefined || links.length === 0) continue;
    for (const [tenant, other] of subject.pairs) {
      const columns = links.map(({ column }) => column);
      const key = byKey(model, await ownRow(subject, ready, model, tenant), columns.length + 1);
      // A new one, to which nothing refers yet: where only one row may refer to it, that must not be what refuses.
      const foreign = await newRow(subject, ready, parent, other);
      const text = `UPDATE ${table.id} SET ${comparisons(table, columns, ',')} WHERE ${key.where}`;
      const values = [...links.map(({ target }) => String(foreign[target])), ...key.values];
      const point = async (_client: object, sql: SqlPort): Promise<void> => {
        if ((await sql.execute(text, values)) !== 1) {
          throw unproven(`${tenant} cannot update its own row of ${table.id}`);
        }
        // A deferred constraint would speak up at COMMIT, which never comes.
        await sql.execute('SET CONSTRAINTS ALL IMMEDIATE');
      };
      const refusal = await refusalOf(() => subject.as(tenant, () => ready.port.rolledBack(point)));
      expectReferenceRefused(
        refusal,
        reference,
        `a row of ${table.id} can refer as ${tenant} to a row of ${other}`,
        subject,
      );
    }
  }
}

async function newRow(subject: IsolationSubject, { port }: Ready, model: TenantTable, tenant: string): Promise<Row> {
  const client = await subject.options.client();
  const read = (): Promise<readonly Row[]> => subject.as(tenant, () => subject.rowsOf(port, model.table));
  const before = new Set((await read()).map((row) => JSON.stringify(row)));
  await subject.as(tenant, () => model.create(client));
  const created = (await read()).find((row) => subject.belongsTo(row, tenant) && !before.has(JSON.stringify(row)));
  if (created === undefined) throw unproven(`create() of ${model.model} makes no new row of ${model.table.id}`);
  return created;
}

function expectReferenceRefused(
  refusal: { readonly error: unknown } | undefined,
  { name, table, columns }: Reference,
  what: string,
  { tenantColumn }: IsolationSubject,
): void {
  if (refusal === undefined) {
    const key = `the foreign key ${name} (${columns.join(', ')})`;
    throw broken(`${what} in ${table}: ${key} must include ${tenantColumn}`);
  }
  const state = sqlStateOf(refusal.error);
  const expected: readonly (string | undefined)[] = [REFUSED.foreignKey, REFUSED.policy, REFUSED.trigger];
  if (expected.includes(state)) return;
  throw unproven(`the foreign key ${name} could not be tried: ${messageOf(refusal.error)}`, refusal.error);
}

/** What writes to a model must hold to. */
export const writeCases: readonly ModelCase[] = Object.freeze([
  { name: 'an update of all rows stops at the tenant', run: updateOfAll },
  { name: 'a row of another tenant cannot be inserted', run: insertForAnother },
  { name: 'a row cannot be moved to another tenant', run: moveToAnother },
  { name: 'a row cannot refer to another tenant’s row', run: referToAnother },
]);
