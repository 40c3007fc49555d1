import { createContext, runWithContext } from '@nestarc/core';
import { quoteIdentifier } from '@nestarc/postgres';
import { ModelMetadata } from '@nestarc/prisma';
import { TenantIsolationError, withTenant } from '@nestarc/tenancy/testing';
import { portOf, type ClientPort, type Row, type SqlPort } from './client-port';
import type { IsolationSuiteOptions } from './isolation.options';
import { readTables, type Table } from './table-catalog';

/** A model of the suite with its table. */
export interface TenantTable {
  /** Its name in the options. */
  readonly model: string;
  readonly table: Table;
  /** Creates a row for the tenant that is current. */
  readonly create: (client: object) => PromiseLike<unknown>;
}

/** What is known once the suite is ready: the client, the tables, and rows of both tenants in them. */
export interface Ready {
  readonly port: ClientPort;
  readonly tables: readonly Table[];
  readonly models: readonly TenantTable[];
  readonly shared: readonly Table[];
}

/** So many rows each tenant gets in each table, so that "all" and "the first" differ. */
const ROWS = 2;

/** The client and the schema under test. Made ready once, by the first case that runs. */
export class IsolationSubject {
  readonly tenants: readonly [string, string];
  readonly tenantColumn: string;
  readonly options: IsolationSuiteOptions<object>;
  #ready: Promise<Ready> | undefined;

  constructor(options: IsolationSuiteOptions<object>) {
    this.options = options;
    this.tenants = options.tenants;
    this.tenantColumn = options.tenantColumn ?? 'tenant_id';
  }

  /** Connects, reads the schema and creates the rows. */
  ready(): Promise<Ready> {
    this.#ready ??= this.#prepare();
    return this.#ready;
  }

  /** Both ways round: each tenant with the other. */
  get pairs(): readonly (readonly [tenant: string, other: string])[] {
    const [a, b] = this.tenants;
    return [[a, b] as const, [b, a] as const];
  }

  as<T>(tenant: string, work: () => PromiseLike<T> | T): Promise<T> {
    return withTenant(tenant, work, this.options.tenancy);
  }

  /** Mode `bypass`: without a tenant, on purpose. */
  withoutTenant<T>(work: () => Promise<T>): Promise<T> {
    return runWithContext(createContext({ mode: 'bypass' }), work);
  }

  async rowsOf(sql: SqlPort, table: Table): Promise<readonly Row[]> {
    const rows = await sql.rows(`SELECT to_jsonb(t) AS "row" FROM ${table.id} t ORDER BY to_jsonb(t)::text`);
    return rows.map(({ row }) => row as Row);
  }

  tenantOf(row: Row): string {
    return String(row[this.tenantColumn]);
  }

  belongsTo(row: Row, tenant: string): boolean {
    return this.tenantOf(row).toLowerCase() === tenant.toLowerCase();
  }

  get quotedTenantColumn(): string {
    return quoteIdentifier(this.tenantColumn);
  }

  async #prepare(): Promise<Ready> {
    const port = portOf(await this.options.client());
    const tables = await this.as(this.tenants[0], () => readTables(port));
    const metadata = port.prisma === undefined ? undefined : ModelMetadata.of(port.prisma);
    const find = (name: string): Table => {
      const wanted = metadata?.tableOf(name) ?? name;
      const found = tables.find((table) => wanted === table.name || wanted === `${table.schema}.${table.name}`);
      if (found === undefined) throw unproven(`there is no table for "${name}" (looked for "${wanted}")`);
      return found;
    };
    const models = Object.entries(this.options.models).map(([model, { create, table }]) => ({
      model,
      table: find(table ?? model),
      create,
    }));
    if (models.length === 0) throw unproven('no models are described');
    for (const { model, table } of models) this.#requireColumns(model, table);
    for (const tenant of this.tenants) await this.#fill(port, models, tenant);
    return { port, tables, models, shared: (this.options.shared ?? []).map(find) };
  }

  #requireColumns(model: string, { columns, id }: Table): void {
    if (!columns.some(({ name }) => name === this.tenantColumn)) {
      throw unproven(`the table ${id} of ${model} has no column ${this.tenantColumn}; name it as { tenantColumn }`);
    }
    if (!columns.some(({ key }) => key)) throw unproven(`the table ${id} of ${model} has no primary key`);
  }

  async #fill(port: ClientPort, models: readonly TenantTable[], tenant: string): Promise<void> {
    const client = await this.options.client();
    for (const { model, table, create } of models) {
      try {
        for (let n = 0; n < ROWS; n++) await this.as(tenant, () => create(client));
      } catch (error) {
        throw unproven(`create() of ${model} failed as ${tenant}: ${messageOf(error)}`, error);
      }
      const rows = await this.as(tenant, () => this.rowsOf(port, table));
      const own = rows.filter((row) => this.belongsTo(row, tenant));
      if (own.length < ROWS) {
        throw unproven(`create() of ${model} left ${own.length} rows of ${tenant} in ${table.id}, not ${ROWS}`);
      }
    }
  }
}

/**
 * What a failure says. Prisma puts a piece of the program ahead of what the database said.
 *
 * @param error - what was thrown
 */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message.trim() : String(error);
  return text.startsWith('Invalid `') ? (text.split('\n').at(-1) ?? text) : text;
}

/** One tenant reached another's rows. */
export const broken = (what: string, cause?: unknown): TenantIsolationError =>
  new TenantIsolationError('TENANT_ISOLATION_BROKEN', `Tenants are not isolated: ${what}`, { cause });

/** What was seen proves nothing. */
export const unproven = (what: string, cause?: unknown): TenantIsolationError =>
  new TenantIsolationError('TENANT_ISOLATION_UNPROVEN', `Tenant isolation cannot be shown: ${what}`, { cause });
