import type { TenantRunner } from '@nestarc/tenancy/testing';
import type { Pool } from 'pg';
import type { TestRunner } from '../runner/test-runner';

/** A model whose rows belong to tenants. */
export interface IsolationModel<Client> {
  /**
   * Creates one new row for the tenant that is current, and whatever the row needs. Called several times for each tenant,
   * sometimes inside a transaction.
   *
   * @param client - the client, or that of the transaction
   */
  readonly create: (client: Client) => PromiseLike<unknown>;
  /** Name of its table, with the schema where two have one of that name. Defaults to what the Prisma client knows. */
  readonly table?: string | undefined;
}

/** What {@link isolationSuite} looks at. */
export interface IsolationSuiteOptions<Client extends object> {
  /** Gives the client under test: an attached Prisma client, or a `ContextPool`. Called when the tests run. */
  readonly client: () => Client | Promise<Client>;
  /** Ids of two tenants. */
  readonly tenants: readonly [string, string];
  /** The models of the tenants: names of Prisma models, or of tables for a pool. */
  readonly models: Readonly<Record<string, IsolationModel<Client>>>;
  /** Models, or tables, that all tenants read and none may change. Defaults to none. */
  readonly shared?: readonly string[] | undefined;
  /** Tables that have to do with tenants and are left out on purpose. Defaults to none. */
  readonly ignore?: readonly string[] | undefined;
  /** Column that holds the tenant id. Defaults to `tenant_id`. */
  readonly tenantColumn?: string | undefined;
  /** Setting that carries the tenant id. Defaults to `app.current_tenant`. */
  readonly dbSettingKey?: string | undefined;
  /** The pool behind a Prisma client, to look for settings left on its connections. Defaults to the client, if it is one. */
  readonly pool?: (() => Pool) | undefined;
  /** The application's `TenancyService`, for ids that only its own rule accepts. Defaults to the built-in rule. */
  readonly tenancy?: TenantRunner | undefined;
  /** What the tests are registered with. Defaults to the globals of the test runner. */
  readonly runner?: TestRunner | undefined;
  /** Title of the tests. Defaults to `tenant isolation`. */
  readonly name?: string | undefined;
}
