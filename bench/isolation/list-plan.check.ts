import { Client } from 'pg';
import { type BenchUrls, LIST_INDEX, tenantOf } from './database';

/**
 * Makes sure that PostgreSQL reads the list through the same index with and without row-level security. With another
 * layout of the table it reads the list without a wall along the primary key, filters 937 rows, and takes longer: that would
 * compare plans, and please us.
 *
 * @param urls - the databases
 * @throws Error with the plan that is another one
 */
export async function checkListPlans({ plain, isolated }: BenchUrls): Promise<void> {
  await checkListPlan(plain, 'WHERE tenant_id = $1');
  await checkListPlan(isolated, '');
}

async function checkListPlan(url: string, where: string): Promise<void> {
  const tenantId = tenantOf(0).id;
  const client = new Client(url);
  await client.connect();
  try {
    await client.query('SELECT set_config($1, $2, false)', ['app.current_tenant', tenantId]);
    const { rows } = await client.query<Record<'QUERY PLAN', string>>(
      `EXPLAIN SELECT * FROM customers ${where} ORDER BY id LIMIT 20`,
      where === '' ? [] : [tenantId],
    );
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    if (!plan.includes(`Index Scan using ${LIST_INDEX} on customers`)) {
      throw new Error(`The list is not read through ${LIST_INDEX}:\n${plan}`);
    }
  } finally {
    await client.end();
  }
}
