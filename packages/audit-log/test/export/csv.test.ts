import { finished } from 'node:stream/promises';
import type { TestDatabase } from '@nestarc/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AUDIT_CSV_COLUMNS_V1, type AuditCsvOptions, AuditService } from '../../src';
import { as, asOwner, createAuditedDatabase, createClient } from '../fixture/database';
import type { PrismaClient } from '../fixture/generated/client';
import { settled } from '../fixture/slow-transaction';

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

async function csv(options: AuditCsvOptions): Promise<string> {
  await settled(database);
  const chunks: Buffer[] = [];
  for await (const chunk of audit.exportCsv(options)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const HEADER =
  'schemaVersion,id,tenantId,actorId,actorType,actorIp,action,targetType,targetId,source,result,changes,metadata,createdAt';

describe('exportCsv', () => {
  it('writes the published columns, lines after RFC 4180, and JSON with its keys in order', async () => {
    await as('a', () =>
      audit.log({ action: 'said "hi", left', metadata: { b: [{ d: 1, c: 2 }], a: 'line\r\nbreak' } }),
    );
    const [entry] = (await as('a', () => audit.query())).entries;
    expect(AUDIT_CSV_COLUMNS_V1.join(',')).toBe(HEADER);
    const metadata = '{""a"":""line\\r\\nbreak"",""b"":[{""c"":2,""d"":1}],""dbRole"":';
    const text = await csv({ tenantId: 'a' });
    expect(
      text.startsWith(
        `${HEADER}\r\n1,${entry?.id ?? ''},a,,system,,"said ""hi"", left",,,manual,success,,"${metadata}`,
      ),
    ).toBe(true);
    expect(text.endsWith(`,${entry?.createdAt.toISOString() ?? ''}\r\n`)).toBe(true);
  });

  it('begins with a byte order mark where that is asked for, and is the first line alone where there is nothing', async () => {
    expect(await csv({ tenantId: 'nobody' })).toBe(`${HEADER}\r\n`);
    expect(await csv({ tenantId: 'nobody', includeBom: true })).toBe(`\uFEFF${HEADER}\r\n`);
  });

  it.each([
    '=1+1',
    '+1',
    '-1',
    '@x',
    '\t=1',
    '\r=1',
    '\n1',
    ' =1',
    '\u00a0=1',
    '\u200b=1',
    '\uff1d1',
    '\uff0b1',
    '\uff0d1',
    '\uff201',
    '\ufe661',
    '\u22121',
  ])('does not let a spreadsheet take %j for a formula', async (action) => {
    const tenantId = `i${Buffer.from(action).toString('hex')}`;
    await as(tenantId, () => audit.log({ action }));
    const cell = (await csv({ tenantId })).slice(HEADER.length + 2).split(',system,,')[1] ?? '';
    expect(cell.replace(/^"/, '').startsWith(`'${action}`)).toBe(true);
  });

  it.each(['1', 'a=1', 'x-1', "'=", '(=1)', '$1'])('leaves %j as it is', async (action) => {
    const tenantId = `h${Buffer.from(action).toString('hex')}`;
    await as(tenantId, () => audit.log({ action }));
    expect(await csv({ tenantId })).toContain(`,system,,${action},`);
  });

  it('reads on only when the reader has taken what was read', async () => {
    await asOwner(
      database,
      `INSERT INTO audit_logs (tenant_id, action, metadata) SELECT 'big', 'x', jsonb_build_object('n', n, 'text', repeat('x', 5000)) FROM generate_series(1, 400) n`,
    );
    await settled(database);
    const other = createClient(database.appUrl);
    let statements = 0;
    const counted = other.$extends({
      query: {
        $queryRawUnsafe: ({ args, query }: { args: unknown; query: (given: unknown) => Promise<unknown> }) => {
          statements += 1;
          return query(args);
        },
      },
    });
    const stream = AuditService.of(counted).exportCsv({ tenantId: 'big', batchSize: 10 });
    stream.once('readable', () => undefined);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(statements).toBeLessThan(10);
    let bytes = 0;
    stream.on('data', (chunk: Buffer) => (bytes += chunk.length));
    await finished(stream);
    expect(statements).toBeGreaterThan(40);
    expect(bytes).toBeGreaterThan(2_000_000);
    await other.$disconnect();
  });

  it('tells the reader of the stream when the reading fails, and ends when it is told to', async () => {
    const controller = new AbortController();
    const stream = audit.exportCsv({ tenantId: 'big', batchSize: 1, signal: controller.signal });
    await expect(async () => {
      for await (const chunk of stream) {
        expect(chunk).toBeDefined();
        controller.abort();
      }
    }).rejects.toMatchObject({ name: 'AbortError' });
  });

  it.each([
    [{ tenantId: 'a', columns: 'v2' }, 'columns'],
    [{ tenantId: 'a', includeBom: 1 }, 'includeBom'],
    [{}, 'tenantId'],
  ])('refuses %o at once, naming the option', (options, path) => {
    expect(() => audit.exportCsv(options as AuditCsvOptions)).toThrow(path);
  });
});
