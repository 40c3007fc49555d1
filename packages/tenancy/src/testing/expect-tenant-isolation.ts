import { createContext, currentContext, runWithContext } from '@nestarc/core';
import { TenantIsolationError } from './tenant-isolation.error';
import { type TenantRunner, withTenant } from './with-tenant';

/** The part of a Prisma model delegate, such as `prisma.customer`, that is looked at. */
export interface TenantModel {
  /**
   * Lists rows.
   *
   * @param args - Prisma's arguments
   */
  findMany(...args: never[]): PromiseLike<readonly object[]>;
  /**
   * Changes many rows; without it only reads are looked at.
   *
   * @param args - Prisma's arguments
   */
  updateMany?(...args: never[]): PromiseLike<{ readonly count: number }>;
}

/** How {@link expectTenantIsolation} looks. */
export interface IsolationExpectation {
  /**
   * Field of the rows that holds the tenant id. Defaults to `tenant_id`, or to `tenantId` where the rows have no such
   * field.
   */
  readonly tenantIdField?: string | undefined;
  /** The application's `TenancyService`, for ids that only its own rule accepts. Defaults to the built-in rule. */
  readonly tenancy?: TenantRunner | undefined;
}

type Row = Readonly<Record<string, unknown>>;

interface Model {
  findMany(args?: object): PromiseLike<readonly Row[]>;
  updateMany?(args: object): PromiseLike<{ readonly count: number }>;
}

/** So many reads of each tenant run at once; enough to have every connection of a usual pool change hands. */
const READS = 25;

/**
 * Makes sure that two tenants do not reach each other's rows of a model: in interleaved reads, in reads that ask for the
 * other's rows, in a promise made as one tenant and awaited as the other, and in an update (one that sets the tenant id to
 * what it is already, so that nothing changes even where it gets through).
 *
 * @param model - a model of an attached client, such as `prisma.customer`
 * @param tenantA - a tenant that has rows
 * @param tenantB - another tenant that has rows
 * @param options - see {@link IsolationExpectation}
 * @throws TenantIsolationError `TENANT_ISOLATION_BROKEN` when one reached the other's rows, `TENANT_ISOLATION_UNPROVEN`
 *   when either has none, or the rows do not tell whose they are
 */
export async function expectTenantIsolation(
  model: TenantModel,
  tenantA: string,
  tenantB: string,
  options: IsolationExpectation = {},
): Promise<void> {
  await new Expectation(model as Model, [tenantA, tenantB], options).check();
}

class Expectation {
  readonly #model: Model;
  readonly #tenants: readonly [string, string];
  readonly #options: IsolationExpectation;

  constructor(model: Model, tenants: readonly [string, string], options: IsolationExpectation) {
    this.#model = model;
    this.#tenants = tenants;
    this.#options = options;
  }

  async check(): Promise<void> {
    const [a, b] = this.#tenants;
    if (sameTenant(a, b)) throw unproven('the two tenants are the same');
    const rows = await this.#readInterleaved();
    const field = this.#fieldOf(rows.get(a)?.[0] ?? [], rows.get(b)?.[0] ?? []);
    for (const tenant of this.#tenants) {
      const results = rows.get(tenant) ?? [];
      for (const result of results) this.#expectOwn(result, field, tenant, `findMany() as ${tenant}`);
      this.#expectSteady(results, tenant);
    }
    for (const [tenant, other] of [[a, b] as const, [b, a] as const]) {
      // Taken from the row, because a column may hold the id as another type than text.
      const value = rows.get(other)?.[0]?.[0]?.[field];
      await this.#askForTheOther(tenant, other, { [field]: value });
      await this.#awaitElsewhere(tenant, other, field);
      await this.#updateTheOther(tenant, other, { [field]: value });
    }
  }

  async #as<T>(tenant: string, callback: () => PromiseLike<T>, what: string): Promise<T> {
    try {
      return await withTenant(tenant, callback, this.#options.tenancy);
    } catch (error) {
      throw unproven(`${what} as ${tenant} failed: ${messageOf(error)}`, error);
    }
  }

  /** All start in one tick, taking turns, so that a client that mixes contexts up has every chance to. */
  async #readInterleaved(): Promise<ReadonlyMap<string, readonly (readonly Row[])[]>> {
    const reads = Array.from({ length: READS }, () =>
      this.#tenants.map((tenant) => this.#as(tenant, () => this.#model.findMany(), 'findMany()')),
    );
    const results = await Promise.all(reads.map((pair) => Promise.all(pair)));
    return new Map(this.#tenants.map((tenant, index) => [tenant, results.map((pair) => pair[index] ?? [])]));
  }

  #fieldOf(rowsOfA: readonly Row[], rowsOfB: readonly Row[]): string {
    const empty = this.#tenants.filter((_tenant, index) => [rowsOfA, rowsOfB][index]?.length === 0);
    if (empty.length > 0) {
      throw unproven(`findMany() gives no rows as ${empty.join(' and ')}: create at least one for each tenant first`);
    }
    const given = this.#options.tenantIdField;
    const candidates = given === undefined ? ['tenant_id', 'tenantId'] : [given];
    const row = { ...rowsOfA[0], ...rowsOfB[0] };
    const field = candidates.find((candidate) => candidate in row);
    if (field !== undefined) return field;
    throw unproven(
      `the rows have no field ${candidates.map((name) => `"${name}"`).join(' or ')}, only ${Object.keys(row).join(', ')}: ` +
        'name the one that holds the tenant id as { tenantIdField }',
    );
  }

  #expectOwn(rows: readonly Row[], field: string, tenant: string, what: string): void {
    const foreign = rows.map((row) => row[field]).filter((id) => !sameTenant(id, tenant));
    if (foreign.length === 0) return;
    const whose = [...new Set(foreign.map(String))].join(', ');
    throw broken(`${what} gave ${foreign.length} of ${rows.length} rows that belong to ${whose}`);
  }

  #expectSteady(results: readonly (readonly Row[])[], tenant: string): void {
    const counts = [...new Set(results.map((rows) => rows.length))];
    if (counts.length === 1) return;
    throw broken(`${READS} interleaved reads as ${tenant} gave different numbers of rows: ${counts.join(', ')}`);
  }

  async #askForTheOther(tenant: string, other: string, where: Row): Promise<void> {
    const rows = await this.#as(tenant, () => this.#model.findMany({ where }), 'findMany({ where })');
    if (rows.length > 0) throw broken(`asking for the rows of ${other} as ${tenant} gave ${rows.length}`);
  }

  /** A client may refuse this; it may not answer as whoever awaits. */
  async #awaitElsewhere(tenant: string, other: string, field: string): Promise<void> {
    const context = await withTenant(tenant, () => currentContext() ?? createContext(), this.#options.tenancy);
    const lazy = runWithContext(context, () => this.#model.findMany());
    const rows = await withTenant(other, async () => await lazy, this.#options.tenancy).catch(() => undefined);
    if (rows !== undefined) {
      this.#expectOwn(rows, field, tenant, `findMany() called as ${tenant} and awaited as ${other}`);
    }
  }

  async #updateTheOther(tenant: string, other: string, values: Row): Promise<void> {
    const update = async (): Promise<number> => {
      const result = await this.#model.updateMany?.({ where: values, data: values });
      return result?.count ?? 0;
    };
    // A refusal is as good as no row: neither changed anything.
    const count = await withTenant(tenant, update, this.#options.tenancy).catch(() => 0);
    if (count > 0) throw broken(`updateMany() as ${tenant} reached ${count} rows of ${other}`);
  }
}

function sameTenant(one: unknown, other: string): boolean {
  return String(one).toLowerCase() === other.toLowerCase();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const broken = (what: string): TenantIsolationError =>
  new TenantIsolationError('TENANT_ISOLATION_BROKEN', `Tenants are not isolated: ${what}`);

const unproven = (what: string, cause?: unknown): TenantIsolationError =>
  new TenantIsolationError('TENANT_ISOLATION_UNPROVEN', `Tenant isolation cannot be shown: ${what}`, { cause });
