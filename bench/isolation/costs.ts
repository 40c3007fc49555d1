import type { TenancyService } from '@nestarc/tenancy';
import { countRoundTrips } from '@nestarc/testing';
import { countStatements } from '../network/statement-counter';
import { type Contender, CONTENDER_NAMES, type ContenderName, createContender } from './contenders';
import type { BenchUrls } from './database';
import type { OperationCosts } from './figures';
import { OPERATION_NAMES, performOnce } from './operations';
import type { PrismaInstallation } from './prisma-installation';

const COUNTED = 20;
/** Logging in and looking at the role cost round trips that later operations do not. */
const UNCOUNTED = 2;

/**
 * Counts what each operation costs each contender, one operation at a time.
 *
 * @param prisma - the version of Prisma
 * @param urls - the databases
 * @param tenancy - the service of `TenancyModule`
 */
export async function countCosts(
  prisma: PrismaInstallation,
  urls: BenchUrls,
  tenancy: TenancyService,
): Promise<OperationCosts[]> {
  const costs: OperationCosts[] = [];
  for (const name of CONTENDER_NAMES) costs.push(...(await countCostsOf(name, prisma, urls, tenancy)));
  return costs;
}

async function countCostsOf(
  name: ContenderName,
  prisma: PrismaInstallation,
  urls: BenchUrls,
  tenancy: TenancyService,
): Promise<OperationCosts[]> {
  const database = name === 'where, no RLS' ? 'plain' : 'isolated';
  await using roundTrips = await countRoundTrips(urls[database]);
  await using statements = await countStatements(roundTrips.url);
  const contender = createContender(name, prisma, { ...urls, [database]: statements.url }, tenancy);
  try {
    const costs: OperationCosts[] = [];
    for (const operation of OPERATION_NAMES) {
      for (let run = 0; run < UNCOUNTED; run++) await performOnce(contender, operation, run);
      roundTrips.reset();
      statements.reset();
      for (let run = 0; run < COUNTED; run++) await performOnce(contender, operation, run);
      costs.push({
        operation,
        contender: name,
        roundTrips: roundTrips.count / COUNTED,
        statements: statements.count / COUNTED,
      });
    }
    if (name === 'nestarc') await checkContext(contender);
    return costs;
  } finally {
    await contender.client.$disconnect();
  }
}

/** The price of the whole context is what is measured: it has to have arrived. */
async function checkContext({ client, request }: Contender): Promise<void> {
  const [seen] = await request(
    'tenant-1',
    () => client.$queryRaw<Record<string, string>[]>`
      SELECT current_setting('app.current_tenant') AS tenant, current_setting('app.actor_id') AS actor,
             current_setting('app.actor_type') AS type, length(current_setting('app.request_id'))::text AS request,
             current_setting('app.mode') AS mode`,
  );
  const expected = { tenant: 'tenant-1', actor: 'user-1', type: 'user', request: '36', mode: 'tenant' };
  const wrong = Object.entries(expected).filter(([setting, value]) => seen?.[setting] !== value);
  if (wrong.length > 0) throw new Error(`The context that arrives is ${JSON.stringify(seen)}`);
}
