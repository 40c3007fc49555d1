import { createContext, parseTenantId, runWithContext } from '@nestarc/core';
import { createPrismaTenancyExtension, type TenancyService } from '@nestarc/tenancy';
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { BenchUrls } from './database';
import type { BenchClient, PrismaInstallation } from './prisma-installation';

/** What the operations ask of a contender. Only one without isolation has a use for the tenant's id. */
export interface CustomerStore {
  /** Reads a tenant's first 20 customers. */
  readonly list: (tenantId: string) => Promise<readonly CustomerRow[]>;
  /** Reads one customer. */
  readonly find: (tenantId: string, id: number) => Promise<CustomerRow | null>;
  /** Writes a note. */
  readonly insert: (tenantId: string, body: string) => Promise<NoteRow>;
}

/** A row of `customers`. */
export interface CustomerRow {
  readonly id: number;
  readonly tenantId: string;
}

/** A row of `notes`. */
export interface NoteRow {
  readonly tenantId: string;
  readonly body: string;
}

/** One way to keep tenants apart. */
export interface Contender {
  /** What it is called in the tables. */
  readonly name: ContenderName;
  /** Its way to the rows. */
  readonly store: CustomerStore;
  /** Does work as a request of a tenant. */
  readonly request: <T>(tenantId: string, work: () => Promise<T>) => Promise<T>;
  /** Its client, for looking into. */
  readonly client: BenchClient;
}

/** The contenders by name, in the order of the tables. */
export const CONTENDER_NAMES = ['where, no RLS', 'transaction per op', 'nestarc'] as const;

/** Name of a contender. */
export type ContenderName = (typeof CONTENDER_NAMES)[number];

const LIST = { take: 20, orderBy: { id: 'asc' } } as const;

/** What the store calls of a client, extended or not. */
interface StoreClient {
  readonly customer: {
    findMany(args: typeof LIST): Promise<readonly CustomerRow[]>;
    findFirst(args: { where: { id: number } }): Promise<CustomerRow | null>;
  };
  readonly note: { create(args: { data: { body: string } }): Promise<NoteRow> };
}

/** Where the database tells the tenants apart, nobody else has to. */
const storeWithoutWhere = (client: StoreClient): CustomerStore => ({
  list: () => client.customer.findMany(LIST),
  find: (_tenantId, id) => client.customer.findFirst({ where: { id } }),
  insert: (_tenantId, body) => client.note.create({ data: { body } }),
});

/** An explicit `where` in the same queries and no row-level security: what it costs to have no wall at all. */
function unscoped(client: BenchClient): Contender {
  return {
    name: 'where, no RLS',
    client,
    store: {
      list: (tenantId) => client.customer.findMany({ ...LIST, where: { tenantId } }),
      find: (tenantId, id) => client.customer.findFirst({ where: { id, tenantId } }),
      insert: (tenantId, body) => client.note.create({ data: { tenantId, body } }),
    },
    request: (_tenantId, work) => work(),
  };
}

/** A transaction around every operation, `[set_config, query]`: what a Prisma query extension can do. It sends the tenant only. */
function transactionPerOperation(base: BenchClient): Contender {
  const tenants = new AsyncLocalStorage<string>();
  const client = base.$extends({
    query: {
      $allModels: {
        async $allOperations({ args, query }) {
          const tenantId = tenants.getStore() ?? '';
          const setting = base.$executeRaw`SELECT set_config('app.current_tenant', ${tenantId}, TRUE)`;
          const [, result] = await base.$transaction([setting, query(args)]);
          return result;
        },
      },
    },
  });
  return {
    name: 'transaction per op',
    client: base,
    store: storeWithoutWhere(client),
    request: (tenantId, work) => tenants.run(tenantId, work),
  };
}

/** Ours: tenant, actor, request id and mode on the wire with the statement. Each request has a context of its own. */
function contextOnTheWire(base: BenchClient, tenancy: TenancyService): Contender {
  const client = base.$extends(createPrismaTenancyExtension(tenancy));
  return {
    name: 'nestarc',
    client: base,
    store: storeWithoutWhere(client),
    request: (tenantId, work) =>
      runWithContext(
        createContext({
          tenantId: parseTenantId(tenantId),
          requestId: randomUUID(),
          actor: { id: 'user-1', type: 'user' },
        }),
        work,
      ),
  };
}

/**
 * Makes a contender.
 *
 * @param name - which one
 * @param prisma - the version of Prisma it runs on
 * @param urls - the databases
 * @param tenancy - the service of `TenancyModule`
 */
export function createContender(
  name: ContenderName,
  prisma: PrismaInstallation,
  urls: BenchUrls,
  tenancy: TenancyService,
): Contender {
  switch (name) {
    case 'where, no RLS':
      return unscoped(prisma.connect(urls.plain));
    case 'transaction per op':
      return transactionPerOperation(prisma.connect(urls.isolated));
    case 'nestarc':
      return contextOnTheWire(prisma.connect(urls.isolated), tenancy);
  }
}
