import { currentContext } from '@nestarc/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type AuditEntry, type AuditScanOptions, type AuditScanPage, AuditService } from '../../src';
import { createAuditorDatabase, type AuditorDatabase } from '../fixture/auditor';
import { as, asOwner, createClient } from '../fixture/database';
import type { PrismaClient } from '../fixture/generated/client';
import { settled, SlowTransaction } from '../fixture/slow-transaction';

let audited: AuditorDatabase;
let prisma: PrismaClient;
let auditorPrisma: PrismaClient;
let audit: AuditService;
beforeAll(async () => {
  audited = await createAuditorDatabase({ trackedModels: ['User'] });
  prisma = createClient(audited.database.appUrl);
  auditorPrisma = createClient(audited.auditorUrl);
  audit = AuditService.of(prisma, { auditorPrisma });
  for (let n = 1; n <= 7; n++) {
    await as('a', () => audit.log({ action: `a${String(n)}`, metadata: { n } }));
    if (n % 2 === 0) await as('b', () => audit.log({ action: `b${String(n)}` }));
  }
  await settled(audited.database);
});
afterAll(async () => {
  await prisma.$disconnect();
  await auditorPrisma.$disconnect();
  await audited.drop();
});

async function pagesOf(options: AuditScanOptions): Promise<AuditScanPage[]> {
  const pages: AuditScanPage[] = [];
  for await (const page of audit.scan(options)) pages.push(page);
  return pages;
}

const actionsOf = (pages: readonly AuditScanPage[]): string[] =>
  pages.flatMap(({ entries }) => entries.map(({ action }) => action));
const A = ['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7'];

describe('scan', () => {
  it('gives all entries of a tenant in their order, page by page, up to a mark that stays', async () => {
    const pages = await pagesOf({ tenantId: 'a', batchSize: 3 });
    expect(pages.map(({ entries }) => entries.length)).toEqual([3, 3, 1]);
    expect(actionsOf(pages)).toEqual(A);
    expect(new Set(pages.map(({ highWatermark }) => highWatermark)).size).toBe(1);
    expect(pages.at(-1)?.checkpoint).toBe(pages[0]?.highWatermark);
  });

  it('ends with the last full page, without an empty one behind it', async () => {
    const pages = await pagesOf({ tenantId: 'a', batchSize: 7 });
    expect(pages.map(({ entries }) => entries.length)).toEqual([7]);
  });

  it('goes on behind a checkpoint, and ends with one', async () => {
    const [first, second] = await pagesOf({ tenantId: 'a', batchSize: 2 });
    const { checkpoint: after = '' } = first ?? {};
    expect(actionsOf(await pagesOf({ tenantId: 'a', after }))).toEqual(A.slice(2));
    const { checkpoint: until = '' } = second ?? {};
    const between = await pagesOf({ tenantId: 'a', after, until });
    expect(actionsOf(between)).toEqual(['a3', 'a4']);
    expect(between[0]?.highWatermark).toBe(until);
    // The order is that of all tenants, so a checkpoint of one is good for another.
    expect(actionsOf(await pagesOf({ tenantId: 'b', after }))).toEqual(['b2', 'b4', 'b6']);
  });

  it('gives one empty page where there is nothing, whose checkpoint is as far as was looked', async () => {
    const [page, ...more] = await pagesOf({ tenantId: 'a', action: 'none' });
    expect(more).toEqual([]);
    expect(page?.entries).toEqual([]);
    expect(page?.checkpoint).toBe(page?.highWatermark);
    const again = await pagesOf({ tenantId: 'a', after: page?.checkpoint });
    expect(actionsOf(again)).toEqual([]);
    await as('a', () => audit.log({ action: 'later' }));
    await settled(audited.database);
    expect(actionsOf(await pagesOf({ tenantId: 'a', after: page?.checkpoint }))).toEqual(['later']);
  });

  it('gives the tenants together only to auditors', async () => {
    await expect(async () => {
      for await (const page of AuditService.of(prisma).scan({ allTenants: true })) expect(page).toBeUndefined();
    }).rejects.toMatchObject({ code: 'AUDIT_AUDITOR_REQUIRED' });
    const entries = (await pagesOf({ allTenants: true, batchSize: 4 })).flatMap((page) => page.entries);
    expect(entries.filter(({ action }) => /^[ab]\d$/.test(action)).map(({ action }) => action)).toEqual(
      A.flatMap((action, n) => (n % 2 === 1 ? [action, `b${String(n + 1)}`] : [action])),
    );
  });

  it.each([
    [{}, 'tenantId'],
    [{ tenantId: 'a', allTenants: true }, 'tenantId'],
    [{ allTenants: false }, 'tenantId'],
    [{ tenantId: 'a', batchSize: 0 }, 'batchSize'],
    [{ tenantId: 'a', batchSize: 10_001 }, 'batchSize'],
    [{ tenantId: 'a', signal: {} }, 'signal'],
  ])('refuses %o at once, naming the option', (options, path) => {
    expect(() => audit.scan(options as AuditScanOptions)).toThrow(path);
  });

  it('refuses checkpoints that it has not given out', () => {
    for (const text of ['x', 'v2|1', 'v2|1|x', 'v2|1|2|3', 'v1|yesterday|x', 'v3|1|2']) {
      const after = Buffer.from(text).toString('base64url');
      expect(() => audit.scan({ tenantId: 'a', after })).toThrow(/after/);
    }
  });

  it('ends with an AbortError when it is told to', async () => {
    const controller = new AbortController();
    await expect(async () => {
      for await (const page of audit.scan({ tenantId: 'a', batchSize: 1, signal: controller.signal })) {
        expect(page.entries).toHaveLength(1);
        controller.abort();
      }
    }).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('is of the tenant it was asked for, whoever reads it', async () => {
    const pages = await as('a', () => audit.scan({ tenantId: 'a' }));
    const entries: AuditEntry[] = [];
    await as('b', async () => {
      for await (const page of pages) {
        entries.push(...page.entries);
        expect(currentContext()?.tenantId).toBe('b');
      }
    });
    expect(new Set(entries.map(({ tenantId }) => tenantId))).toEqual(new Set(['a']));
  });

  it('goes on from a checkpoint that was published as time and id, and leaves nothing out', async () => {
    const [entry] = (await as('a', () => audit.query({ action: 'a3' }))).entries;
    const rows = (await asOwner(
      audited.database,
      `SELECT to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at FROM audit_logs WHERE id = '${entry?.id ?? ''}'`,
    )) as { at: string }[];
    const after = Buffer.from(`v1|${rows[0]?.at ?? ''}|${entry?.id ?? ''}`).toString('base64url');
    expect(actionsOf(await pagesOf({ tenantId: 'a', after })).slice(0, 4)).toEqual(A.slice(3));
  });
});

describe('a slow transaction', () => {
  it('holds up what comes after it, and is not passed by', async () => {
    const [start] = await pagesOf({ tenantId: 's', batchSize: 1 });
    const slow = await SlowTransaction.begin(audited.database.appUrl, 's');
    let before: AuditScanPage[];
    try {
      await slow.log('slow');
      await as('s', () => audit.log({ action: 'fast' }));
      before = await pagesOf({ tenantId: 's', after: start?.checkpoint });
      expect(actionsOf(before)).toEqual([]);
      expect((await as('s', () => audit.query())).entries.map(({ action }) => action)).toEqual(['fast']);
      const { lagMs, transactions } = await audit.lag();
      expect(Math.min(lagMs, transactions)).toBeGreaterThan(0);
    } finally {
      await slow.end('COMMIT');
    }
    await settled(audited.database);
    const after = await pagesOf({ tenantId: 's', after: before.at(-1)?.checkpoint });
    expect(actionsOf(after)).toEqual(['slow', 'fast']);
    await vi.waitFor(async () => expect(await audit.lag()).toEqual({ lagMs: 0, transactions: 0 }), 10_000);
  });
});
