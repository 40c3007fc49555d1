import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestDatabase } from '@nestarc/testing';
import { AuditService, type AuditQueryResult } from '../../src';
import { as, asOwner, createAuditedDatabase, createClient } from '../fixture/database';
import type { PrismaClient } from '../fixture/generated/client';
import { settled, SlowTransaction } from '../fixture/slow-transaction';

let database: TestDatabase;
let prisma: PrismaClient;
let audit: AuditService;
beforeAll(async () => {
  database = await createAuditedDatabase({ trackedModels: ['User'] });
  prisma = createClient(database.appUrl);
  audit = AuditService.of(prisma);
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});

type Step = 'begin' | 'log' | 'end';

/** All orders in which the steps of two transactions can come, with a reader looking after some of them. */
function interleavings(first: readonly string[], second: readonly string[]): string[][] {
  const [head, ...rest] = first;
  const [other, ...others] = second;
  if (head === undefined) return [[...second]];
  if (other === undefined) return [[...first]];
  return [
    ...interleavings(rest, second).map((steps) => [head, ...steps]),
    ...interleavings(first, others).map((steps) => [other, ...steps]),
  ];
}

const stepsOf = (name: string): string[] => (['begin', 'log', 'log', 'end'] as Step[]).map((step) => `${name} ${step}`);

/** A generator of numbers that repeats itself for the same seed. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Runs steps, reads on after each, and gives what was read. */
async function readAlong(tenant: string, steps: readonly string[], rollBack: boolean): Promise<string[]> {
  const open = new Map<string, SlowTransaction>();
  const seen: string[] = [];
  let after: string | undefined;
  const read = async (): Promise<void> => {
    for await (const page of audit.scan({ tenantId: tenant, after, batchSize: 1 })) {
      seen.push(...page.entries.map(({ action }) => action));
      after = page.checkpoint;
    }
  };
  let count = 0;
  for (const step of steps) {
    const [name = '', verb] = step.split(' ');
    if (verb === 'begin') open.set(name, await SlowTransaction.begin(database.appUrl, tenant));
    else if (verb === 'log') await open.get(name)?.log(`${name}${String((count += 1))}`);
    else await open.get(name)?.end(rollBack && name === 'one' ? 'ROLLBACK' : 'COMMIT');
    await read();
  }
  await settled(database);
  await read();
  return seen;
}

describe('entries of transactions that run at the same time', () => {
  const orders = interleavings(stepsOf('one'), stepsOf('two'));
  const random = numbers(Number(process.env['NESTARC_SEED'] ?? 7));
  const chosen = orders.filter(() => random() < Number(process.env['NESTARC_ROUNDS'] ?? 20) / orders.length);

  it(`are each read exactly once, in every order of steps (${String(chosen.length)} of ${String(orders.length)})`, async () => {
    expect(chosen.length).toBeGreaterThan(5);
    for (const [index, steps] of chosen.entries()) {
      const rollBack = index % 3 === 0;
      const tenant = `t${String(index)}`;
      const seen = await readAlong(tenant, steps, rollBack);
      const rows = (await asOwner(
        database,
        `SELECT action FROM audit_logs WHERE tenant_id = '${tenant}' ORDER BY xid, seq`,
      )) as { action: string }[];
      expect(seen, steps.join(', ')).toEqual(rows.map(({ action }) => action));
      expect(rows).toHaveLength(rollBack ? 2 : 4);
    }
  });
});

describe('pages of a list', () => {
  it('have every entry exactly once while others are written, also where many were made in one instant', async () => {
    const instant = '2026-01-01 00:00:00.123456+00';
    await asOwner(
      database,
      `INSERT INTO audit_logs (tenant_id, action, created_at) SELECT 'p', 'tie', '${instant}' FROM generate_series(1, 30);
       INSERT INTO audit_logs (tenant_id, action) SELECT 'p', 'old' FROM generate_series(1, 30)`,
    );
    const seen: string[] = [];
    let cursor: string | null | undefined;
    do {
      const page: AuditQueryResult = await as('p', () =>
        audit.query({ limit: 7, includeTotal: false, ...(typeof cursor === 'string' ? { cursor } : {}) }),
      );
      expect(page).not.toHaveProperty('total');
      expect(page.hasMore).toBe(page.nextCursor !== null);
      seen.push(...page.entries.filter(({ action }) => action !== 'new').map(({ id }) => id));
      ({ nextCursor: cursor } = page);
      await as('p', () => audit.log({ action: 'new' }));
    } while (cursor !== null);
    expect(seen).toHaveLength(60);
    expect(new Set(seen).size).toBe(60);
  });

  it('take the cursor that was published first', async () => {
    const page = await as('p', () => audit.query({ action: 'tie', limit: 1 }));
    const cursor = Buffer.from(page.nextCursor ?? '', 'base64url').toString();
    expect(cursor).toBe(`v1|2026-01-01T00:00:00.123456Z|${page.entries[0]?.id ?? ''}`);
  });
});
