import { PLATFORMS } from '@nestarc/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TenancyModuleOptions } from '../../src';
import { A, B } from '../fixture/isolation-fixture';
import { seededRandom } from '../load/seeded-random';
import { HostileBytes } from './hostile-bytes';
import { DATA_OF_B, HostileRange, isServedAsA, type RangeApp } from './hostile-range';
import { exchange, type RawAnswer, requestBytes } from './raw-http';
import { BELIEVED, bearer, bySecret } from './tenant-sources';
import { claims, hs256 } from '../jwt/tokens';

const SEED = Number(process.env['NESTARC_SEED'] ?? 20_261_123);
const REQUESTS = 2000;
const CONCURRENCY = 10;
/** Noise may hold the beginning of something that the server waits to see the end of. */
const QUIET_MS = 5000;

let range: HostileRange;
beforeAll(async () => {
  range = await HostileRange.create();
});
afterAll(() => range.close());

/** Each way to a tenant once as it is, and once with a token that has to agree. */
const configurations = (): TenancyModuleOptions[] =>
  BELIEVED.flatMap(({ options }) => [
    { ...options(range), tenantIdFormat: 'uuid' },
    { ...options(range), tenantIdFormat: 'uuid', proof: bySecret() },
  ]);

const GOOD = requestBytes({
  target: `/t/${A}/customers`,
  headers: [
    `Host: ${A}.app.example.com`,
    `X-Tenant-Id: ${A}`,
    `Cookie: tenant=${A}`,
    bearer(hs256(claims({ tenant_id: A }))),
  ],
});

/** What is wrong about an answer: of the server's own making, or with rows of somebody else. */
function faultOf(answer: RawAnswer): string | undefined {
  if (answer.status >= 500) return `answered with ${answer.status}`;
  const told = [B, ...DATA_OF_B].find((secret) => answer.body.includes(secret));
  if (told !== undefined) return `told ${told}`;
  if (answer.status === 200 && !isServedAs(answer)) return 'served another tenant';
  return undefined;
}

/** Noise may happen to be the well-formed id of a tenant that has nothing. */
function isServedAs(answer: RawAnswer): boolean {
  if (isServedAsA(answer)) return true;
  const { tenantId, rows } = JSON.parse(answer.body) as { tenantId: string; rows: unknown[] };
  return tenantId !== A && rows.length === 0;
}

describe.each(PLATFORMS)('on %s', (platform) => {
  const apps: RangeApp[] = [];
  beforeAll(async () => {
    for (const options of configurations()) apps.push(await range.serve(platform, options));
    // The first request waits for the connection to the database.
    for (const app of apps) expect((await exchange(app.url, GOOD)).map(isServedAsA)).toEqual([true]);
  });
  afterAll(async () => {
    for (const app of apps) await app.close();
  });

  it(`${REQUESTS} requests of noise lead to no failure and to no other tenant (NESTARC_SEED=${SEED})`, async () => {
    const before = await range.everything();
    const bytes = new HostileBytes(seededRandom(SEED));
    const tally = { served: 0, refused: 0, hungUp: 0, cutShort: 0 };
    const faults: unknown[] = [];
    range.reset();
    let next = 0;
    const client = async (): Promise<void> => {
      while (next < REQUESTS) {
        const index = next++;
        const url = apps[index % apps.length]?.url ?? '';
        const request = requestBytes(bytes.request());
        const [answer, ...more] = await exchange(url, request, QUIET_MS);
        const fault = answer === undefined ? undefined : ([answer, ...more].map(faultOf).find(Boolean) ?? undefined);
        if (fault !== undefined) faults.push({ seed: SEED, index, fault, request });
        if (answer?.status === 400 && request.indexOf('\r\n\r\n') < request.length - 4) tally.cutShort += 1;
        tally[answer === undefined ? 'hungUp' : answer.status === 200 ? 'served' : 'refused'] += 1;
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, client));

    expect(faults).toEqual([]);
    // Noise may hold the end of a request: Node begins to serve it, and hangs up when what comes behind is none.
    expect(range.seen().handlers).toBeGreaterThanOrEqual(tally.served);
    expect(range.seen().handlers).toBeLessThanOrEqual(tally.served + tally.cutShort);
    expect(range.seen().logs).toBe('');
    // Noise that is all refused, or hardly ever, looks at less than it seems to.
    expect(tally.served).toBeGreaterThan(REQUESTS / 20);
    expect(tally.refused).toBeGreaterThan(REQUESTS / 4);
    expect(tally.hungUp).toBeLessThan(REQUESTS / 50);
    for (const app of apps) expect((await exchange(app.url, GOOD)).map(isServedAsA)).toEqual([true]);
    expect(await range.everything()).toEqual(before);
  }, 120_000);
});
