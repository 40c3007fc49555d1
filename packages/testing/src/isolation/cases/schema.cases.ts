import { isNestarcError, runWithContext } from '@nestarc/core';
import { assertRestrictedRole, ContextPool, quoteIdentifier } from '@nestarc/postgres';
import type { SqlPort } from '../client-port';
import type { SchemaCase } from '../isolation-case';
import { type IsolationSubject, type Ready, type TenantTable, broken, messageOf, unproven } from '../isolation-subject';
import { settingsLeftOn } from '../../leaks/settings-left';
import { REFUSED, refusalOf, sqlStateOf } from '../sql-refusal';
import type { Table } from '../table-catalog';
import { ownRow } from './read.cases';

async function restrictedRole(_subject: IsolationSubject, { port }: Ready): Promise<void> {
  // As JSON, because Prisma 6 reads no column of PostgreSQL's type for names.
  const query = async (text: string): Promise<{ readonly rows: readonly unknown[] }> => {
    const rows = await port.rows(`SELECT to_jsonb(r) AS "row" FROM (${text}) r`);
    return { rows: rows.map(({ row }) => row) };
  };
  const refusal = await refusalOf(() => assertRestrictedRole({ query }));
  if (refusal !== undefined) throw broken(messageOf(refusal.error), refusal.error);
}

async function withoutTenant(subject: IsolationSubject, { port, models }: Ready): Promise<void> {
  for (const { table } of models) {
    const read = (): Promise<readonly unknown[]> => port.rows(`SELECT 1 FROM ${table.id}`);
    const bypassed = (await subject.withoutTenant(read)).length;
    if (bypassed > 0) throw broken(`work without a tenant sees ${bypassed} rows of ${table.id}`);
    const outcome = await runWithContext(undefined, read).catch((error: unknown) => {
      if (isNestarcError(error)) return [];
      throw unproven(`reading ${table.id} without any context failed: ${messageOf(error)}`, error);
    });
    if (outcome.length > 0) throw broken(`outside of any tenant ${outcome.length} rows of ${table.id} are seen`);
  }
}

/** Without WHERE, and children first: a DELETE that reads no column asks for no policy of SELECT. */
async function deletesOfAll(subject: IsolationSubject, { port, models }: Ready): Promise<void> {
  for (const tenant of subject.tenants) {
    const own = new Map<string, number>();
    for (const { table } of models) {
      const rows = await subject.as(tenant, () => subject.rowsOf(port, table));
      own.set(table.id, rows.filter((row) => subject.belongsTo(row, tenant)).length);
    }
    const attempt = subject.as(tenant, () =>
      port.rolledBack(async (_client, sql) => {
        for (const { table } of childrenFirst(models)) {
          const deleted = await sql.execute(`DELETE FROM ${table.id}`);
          const expected = own.get(table.id) ?? 0;
          if (deleted > expected) {
            throw broken(
              `DELETE from ${table.id} without WHERE as ${tenant} reaches ${deleted} rows, of which ${expected} are its own`,
            );
          }
        }
      }),
    );
    await attempt.catch((error: unknown) => {
      if (isNestarcError(error) && error.code.startsWith('TENANT_ISOLATION')) throw error;
      // A role that may not delete at all is one way to be safe.
      if (sqlStateOf(error) === REFUSED.policy) return;
      throw unproven(
        `the rows of ${tenant} cannot be deleted, describe the tables that refer to them: ${messageOf(error)}`,
        error,
      );
    });
  }
}

function childrenFirst(models: readonly TenantTable[]): readonly TenantTable[] {
  const ordered: TenantTable[] = [];
  const visit = (model: TenantTable, path: readonly TenantTable[]): void => {
    if (ordered.includes(model) || path.includes(model)) return;
    const refersTo = (child: TenantTable): boolean =>
      child.table.references.some(({ table }) => table === model.table.id);
    for (const child of models.filter(refersTo)) visit(child, [...path, model]);
    ordered.push(model);
  };
  for (const model of models) visit(model, []);
  return ordered;
}

function truncate(_subject: IsolationSubject, { models, shared }: Ready): Promise<void> {
  const open = [...models.map(({ table }) => table), ...shared].filter(({ truncatable }) => truncatable);
  if (open.length === 0) return Promise.resolve();
  const tables = open.map(({ id }) => id).join(', ');
  throw broken(`the role may TRUNCATE ${tables}, which row-level security does not see: REVOKE TRUNCATE ON ${tables}`);
}

async function transactions(subject: IsolationSubject, ready: Ready): Promise<void> {
  const { port, models } = ready;
  const read = (tenant: string, sql: SqlPort, table: Table): Promise<string> =>
    subject.as(tenant, async () => JSON.stringify(await subject.rowsOf(sql, table)));
  for (const { table, create } of models) {
    const before = new Map<string, string>();
    for (const tenant of subject.tenants) before.set(tenant, await read(tenant, port, table));
    const work = async (tenant: string): Promise<void> => {
      await port.rolledBack(async (client, sql) => {
        await create(client);
        const rows = await subject.rowsOf(sql, table);
        const foreign = rows.filter((row) => !subject.belongsTo(row, tenant)).length;
        if (foreign > 0) throw broken(`a transaction of ${tenant} sees ${foreign} rows of others in ${table.id}`);
        const own = (JSON.parse(before.get(tenant) ?? '[]') as unknown[]).length;
        if (rows.length <= own) {
          throw broken(`a transaction of ${tenant} does not see the row it created in ${table.id}`);
        }
      });
    };
    await Promise.all([...subject.tenants, ...subject.tenants].map((tenant) => subject.as(tenant, () => work(tenant))));
    for (const tenant of subject.tenants) {
      if ((await read(tenant, port, table)) !== before.get(tenant)) {
        throw broken(`a transaction of ${tenant} that was rolled back left something in ${table.id}`);
      }
    }
  }
}

async function sharedTables(subject: IsolationSubject, { port, shared }: Ready): Promise<void> {
  const [tenant] = subject.tenants;
  for (const table of shared) {
    const [column] = table.columns.filter(({ writable }) => writable).map(({ name }) => quoteIdentifier(name));
    if ((await subject.as(tenant, () => subject.rowsOf(port, table))).length === 0) {
      throw unproven(`the shared table ${table.id} shows no rows: create at least one first`);
    }
    const columns = table.columns
      .filter(({ writable }) => writable)
      .map(({ name }) => quoteIdentifier(name))
      .join(', ');
    const statements = [
      ['UPDATE', `UPDATE ${table.id} SET ${column} = ${column}`],
      ['DELETE', `DELETE FROM ${table.id}`],
      [
        'INSERT',
        `INSERT INTO ${table.id} (${columns}) OVERRIDING SYSTEM VALUE SELECT ${columns} FROM ${table.id} LIMIT 1`,
      ],
    ] as const;
    for (const [verb, text] of statements) {
      const outcome = { rows: 0 };
      const refusal = await refusalOf(() =>
        subject.as(tenant, () =>
          port.rolledBack(async (_client, sql) => void (outcome.rows = await sql.execute(text))),
        ),
      );
      const refused = refusal === undefined ? outcome.rows === 0 : sqlStateOf(refusal.error) === REFUSED.policy;
      if (!refused) {
        throw broken(`a tenant may ${verb} the shared table ${table.id}: REVOKE INSERT, UPDATE, DELETE ON ${table.id}`);
      }
    }
  }
}

function describedTables(subject: IsolationSubject, ready: Ready): Promise<void> {
  const { tables, models, shared } = ready;
  const known = new Set([...models.map(({ table }) => table.id), ...shared.map(({ id }) => id)]);
  const ignored = new Set(subject.options.ignore ?? []);
  const forgotten = tables.filter((table) => {
    if (known.has(table.id) || ignored.has(table.name) || ignored.has(`${table.schema}.${table.name}`)) return false;
    const hasTenant = table.columns.some(({ name }) => name === subject.tenantColumn);
    return hasTenant || (refersTo(table, models) && !isLink(table, models));
  });
  if (forgotten.length === 0) return Promise.resolve();
  throw unproven(
    `nothing is said about ${forgotten.map(({ id }) => id).join(', ')}, which ` +
      `${forgotten.length === 1 ? 'holds' : 'hold'} or refer to rows of tenants: describe them in { models }, or name them in { ignore }`,
  );
}

const refersTo = (table: Table, models: readonly TenantTable[]): boolean =>
  table.references.some((reference) => models.some((model) => model.table.id === reference.table));

/** A table that does nothing but link rows of tenants, as Prisma makes it for an implicit many-to-many relation. */
function isLink(table: Table, models: readonly TenantTable[]): boolean {
  const linking = new Set(table.references.flatMap(({ columns }) => columns));
  const toTenants = table.references.every((reference) => models.some((model) => model.table.id === reference.table));
  return toTenants && table.references.length > 1 && table.columns.every(({ name }) => linking.has(name));
}

async function linkTables(subject: IsolationSubject, ready: Ready): Promise<void> {
  const ignored = new Set(subject.options.ignore ?? []);
  const described = new Set(ready.models.map(({ table }) => table.id));
  const links = ready.tables.filter(
    (table) => !described.has(table.id) && !ignored.has(table.name) && isLink(table, ready.models),
  );
  for (const link of links) {
    for (const [tenant, other] of subject.pairs) await checkLink(subject, ready, link, tenant, other);
  }
}

async function checkLink(
  subject: IsolationSubject,
  ready: Ready,
  link: Table,
  tenant: string,
  other: string,
): Promise<void> {
  const row = await linkRow(subject, ready, link, () => other);
  const insert = insertOf(link, row);
  const added = await refusalOf(() => subject.as(other, () => ready.port.execute(insert.text, insert.values)));
  // A table that nobody may write to leaks nothing.
  if (added !== undefined) return;
  const where = { text: insert.where, values: insert.values };
  try {
    const seen = await subject.as(tenant, () =>
      ready.port.rows(`SELECT 1 FROM ${link.id} WHERE ${where.text}`, where.values),
    );
    if (seen.length > 0) {
      throw broken(`${tenant} sees the links of ${other} in ${link.id}: put the table under row-level security`);
    }
    const all = await subject.as(tenant, () => ready.port.rows(`SELECT 1 FROM ${link.id}`));
    const deleted = await subject.as(tenant, () =>
      ready.port.rolledBack((_client, sql) => sql.execute(`DELETE FROM ${link.id}`)),
    );
    if (deleted > all.length) {
      throw broken(`DELETE from ${link.id} as ${tenant} reaches ${deleted - all.length} links of others`);
    }
  } finally {
    await subject.as(other, () => ready.port.execute(`DELETE FROM ${link.id} WHERE ${where.text}`, where.values));
  }
  const mixed = insertOf(link, await linkRow(subject, ready, link, (at) => (at === 0 ? tenant : other)));
  const refusal = await refusalOf(() =>
    subject.as(tenant, () => ready.port.rolledBack((_client, sql) => sql.execute(mixed.text, mixed.values))),
  );
  if (refusal === undefined) throw broken(`${tenant} can link its row to a row of ${other} in ${link.id}`);
}

/** Values of the columns of a link: each foreign key points at a row of the tenant that is asked for. */
async function linkRow(
  subject: IsolationSubject,
  ready: Ready,
  link: Table,
  ownerOf: (index: number) => string,
): Promise<ReadonlyMap<string, string>> {
  const values = new Map<string, string>();
  for (const [index, { table, columns, targets }] of link.references.entries()) {
    const parent = ready.models.find((model) => model.table.id === table);
    if (parent === undefined) continue;
    const row = await ownRow(subject, ready, parent, ownerOf(index));
    columns.forEach((column, at) => values.set(column, String(row[targets[at] ?? ''])));
  }
  return values;
}

interface LinkInsert {
  readonly text: string;
  readonly where: string;
  readonly values: readonly string[];
}

function insertOf(link: Table, row: ReadonlyMap<string, string>): LinkInsert {
  const names = [...row.keys()];
  const typed = names.map((name, at) => {
    const type = link.columns.find((column) => column.name === name)?.type ?? 'text';
    return { name: quoteIdentifier(name), value: `$${at + 1}::text::${type}` };
  });
  const columns = typed.map(({ name }) => name).join(', ');
  return {
    text: `INSERT INTO ${link.id} (${columns}) VALUES (${typed.map(({ value }) => value).join(', ')})`,
    where: typed.map(({ name, value }) => `${name} = ${value}`).join(' AND '),
    values: [...row.values()],
  };
}

async function settingsLeft(subject: IsolationSubject): Promise<void> {
  const client = await subject.options.client();
  const pool = subject.options.pool?.() ?? (client instanceof ContextPool ? client : undefined);
  if (pool === undefined) return;
  const setting = subject.options.dbSettingKey ?? 'app.current_tenant';
  const left = await settingsLeftOn(pool, [setting]);
  if (left.length === 0) return;
  throw broken(
    `${left.length} of ${pool.totalCount} connections of the pool went back with ${setting} set to ${left[0]?.value}`,
  );
}

/** What the schema as a whole must hold to; the last one looks at what the others left. */
export const schemaCases: readonly SchemaCase[] = Object.freeze([
  { name: 'the database role does not stand above row-level security', run: restrictedRole },
  { name: 'work without a tenant sees no tenant’s rows', run: withoutTenant },
  { name: 'a delete of all rows stops at the tenant', run: deletesOfAll },
  { name: 'no table can be truncated', run: truncate },
  { name: 'transactions stay with their tenant, and leave nothing when they are rolled back', run: transactions },
  { name: 'tables that link rows of tenants are protected like them', run: linkTables },
  { name: 'shared tables are read-only', run: sharedTables },
  { name: 'no table of tenants is left out', run: describedTables },
  { name: 'no connection keeps the tenant', run: settingsLeft },
]);
