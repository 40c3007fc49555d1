import { createContext, parseTenantId, runWithContext } from '@nestarc/core';
import { createPrismaTenancyExtension, type TenancyService } from '@nestarc/tenancy';
import { PrismaPg } from '@prisma/adapter-pg';
import { randomUUID } from 'node:crypto';
import { PrismaClient } from '#isolation-client';

const LIST = { take: 20, orderBy: { id: 'asc' } } as const;
const POOL_SIZE = 10;

/** One way of reading a tenant's list of 20. */
export interface Contender {
  readonly name: string;
  /** Reads the list of a tenant and gives the number of rows. */
  readonly read: (tenantId: string) => Promise<number>;
  readonly close: () => Promise<void>;
}

const clientFor = (connectionString: string): PrismaClient =>
  new PrismaClient({ adapter: new PrismaPg({ connectionString, max: POOL_SIZE }) });

/** The same query with an explicit `where` and no row-level security: what it costs to have no wall at all. */
export function unscoped(url: string): Contender {
  const prisma = clientFor(url);
  return {
    name: 'explicit where, no RLS',
    read: async (tenantId) => (await prisma.customer.findMany({ ...LIST, where: { tenantId } })).length,
    close: () => prisma.$disconnect(),
  };
}

/** A transaction around every operation, `[set_config, query]`: what a Prisma query extension can do. */
export function transactionPerOperation(url: string): Contender {
  const base = clientFor(url);
  let current = '';
  const prisma = base.$extends({
    query: {
      $allModels: {
        async $allOperations({ args, query }) {
          const setting = base.$executeRaw`SELECT set_config('app.current_tenant', ${current}, TRUE)`;
          const [, result] = await base.$transaction([setting, query(args)]);
          return result;
        },
      },
    },
  });
  return {
    name: 'transaction per operation',
    read: async (tenantId) => {
      current = tenantId;
      return (await prisma.customer.findMany(LIST)).length;
    },
    close: () => base.$disconnect(),
  };
}

/** Ours: tenant, request id and actor on the wire with the statement. A context is made for each read, as for a request. */
export function contextOnTheWire(url: string, tenancy: TenancyService): Contender {
  const prisma = clientFor(url).$extends(createPrismaTenancyExtension(tenancy));
  return {
    name: 'nestarc',
    read: (tenantId) =>
      runWithContext(
        createContext({
          tenantId: parseTenantId(tenantId),
          requestId: randomUUID(),
          actor: { id: 'user-1', type: 'user' },
        }),
        async () => (await prisma.customer.findMany(LIST)).length,
      ),
    close: () => prisma.$disconnect(),
  };
}
