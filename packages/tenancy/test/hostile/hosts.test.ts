import { PLATFORMS } from '@nestarc/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SubdomainTenantExtractor } from '../../src/extractors/subdomain-tenant.extractor';
import { HostileRange, isServedAsA, type RangeApp } from './hostile-range';
import { A, B } from '../fixture/isolation-fixture';
import { expectAllRefused, type HostileCase } from './refusals';
import { exchange, requestBytes, utf8 } from './raw-http';
import { domains } from './tenant-sources';

/** Tenant ids are chosen by an application; here a few names lead to the two of the fixture. */
const extractor = new SubdomainTenantExtractor({ baseDomains: ['app.example.com', 'app.localhost'], domains });

let range: HostileRange;
beforeAll(async () => {
  range = await HostileRange.create();
});
afterAll(() => range.close());

const host = (name: string): string => `Host: ${utf8(name)}`;
const HOST_A = host(`${A}.app.example.com`);
const HOST_B = host(`${B}.app.example.com`);

/** Hosts that belong to nobody. */
const STRANGERS = [
  `${B}.attacker.example`,
  `evil.${B}.app.example.com`,
  `${B}.app.example.com.attacker.example`,
  `${B}.app.example.com@attacker.example`,
  `attacker.example/${B}.app.example.com`,
  `attacker.example#${B}.app.example.com`,
  `${B}app.example.com`,
  `${B}.example.com`,
  `.app.example.com`,
  `..app.example.com`,
  `${B}..app.example.com`,
  `${B}.app.example.com..`,
  `${B}%2eapp.example.com`,
  `${B}%00.app.example.com`,
  `${B}.app.example.com:80:80`,
  `${B}.app.example.com:x`,
  `${B}.app.example.com,${A}.app.example.com`,
  `${B}\u3002app.example.com`,
  `${B}.app.example\uff0ecom`,
  `${B}.\u0430pp.example.com`,
  `${B.replaceAll('2', '\uff12')}.app.example.com`,
  '127.0.0.1',
  '127.0.0.1:80',
  '2130706433',
  '0x7f.1',
  '[::1]',
  '[::1]:3000',
  `[::1%25${B}.app.example.com]`,
  `[${B}.app.example.com]`,
  '[::1',
  '::1',
  'localhost',
  'shop.b.example.attacker.example',
  'www.shop.b.example',
];

/** Spellings of one host. */
const spellings = (id: string): string[] => [
  `${id.toUpperCase()}.APP.example.com`,
  `${id}.app.example.com.`,
  `${id}.app.example.com:8443`,
  `${id.toUpperCase()}.App.Example.Com.:8443`,
  `${id}.app.localhost:3000`,
];

describe.each(PLATFORMS)('hosts on %s', (platform) => {
  let app: RangeApp;
  let proxied: RangeApp;
  beforeAll(async () => {
    app = await range.serve(platform, { tenantExtractor: extractor });
    proxied = await range.serve(platform, { tenantExtractor: extractor }, true);
  });
  afterAll(async () => {
    await app.close();
    await proxied.close();
  });

  it('of nobody are not found', async () => {
    const cases = STRANGERS.map((name): HostileCase => [name, { headers: [host(name)] }, [404]]);
    await expectAllRefused(range, app, cases, { headers: [HOST_A] });
  });

  it('are the same however they are spelled', async () => {
    for (const name of spellings(A)) {
      expect([name, isServedAsA(await range.send(app, { headers: [host(name)] }))]).toEqual([name, true]);
    }
    const { body } = await range.send(app, { headers: [host('SHOP.b.example.:443')] });
    expect(JSON.parse(body)).toMatchObject({ tenantId: B, rows: [{ tenantId: B }] });
  });

  it('that look like another in punycode are another', async () => {
    const { body } = await range.send(app, { headers: [host('xn--cme-5cd.app.example.com')] });
    expect(body).not.toContain(A);
    const strict = await range.serve(platform, { tenantExtractor: extractor, tenantIdFormat: 'uuid' });
    const cases = ['xn--cme-5cd', 'acme'].map((name): HostileCase => [
      name,
      { headers: [host(`${name}.app.example.com`)] },
      [400],
    ]);
    await expectAllRefused(range, strict, cases, { headers: [HOST_A] });
    await strict.close();
  });

  it('are not chosen by what proxies add, unless the proxy is trusted', async () => {
    for (const line of [
      `X-Forwarded-Host: ${B}.app.example.com`,
      `X-Original-Host: ${B}.app.example.com`,
      `X-Host: ${B}.app.example.com`,
      `Forwarded: host=${B}.app.example.com`,
      `X-HTTP-Host-Override: ${B}.app.example.com`,
    ]) {
      expect([line, isServedAsA(await range.send(app, { headers: [HOST_A, line] }))]).toEqual([line, true]);
      await expectAllRefused(range, app, [[line, { headers: [host('attacker.example'), line] }, [404]]], {
        headers: [HOST_A],
      });
    }
  });

  it('that a trusted proxy forwards are held against the base domains, too', async () => {
    const forwarded = (...names: string[]): { headers: string[] } => ({
      headers: [host('internal:3000'), ...names.map((name) => `X-Forwarded-Host: ${utf8(name)}`)],
    });
    const good = forwarded(`${A.toUpperCase()}.app.example.com.:443`);
    const cases = STRANGERS.filter((name) => !name.includes(',')).map((name): HostileCase => [
      name,
      forwarded(name),
      [404],
    ]);
    await expectAllRefused(range, proxied, cases, good);
    const several: HostileCase[] = [
      ['a list', forwarded(`${A}.app.example.com, ${B}.app.example.com`), [400]],
      ['two', forwarded(`${A}.app.example.com`, `${B}.app.example.com`), [400]],
    ];
    await expectAllRefused(range, proxied, several, good);
    await expectAllRefused(range, proxied, [['none', { headers: [host('internal:3000')] }, [404]]], good);
  });

  it('that come twice are refused, in any case', async () => {
    const repeated = ['Host', 'HOST', 'host', 'hOsT'].map((name): HostileCase => [
      name,
      { headers: [HOST_A, `${name}: ${B}.app.example.com`] },
      [400],
    ]);
    const same: HostileCase = ['the same', { headers: [HOST_A, HOST_A] }, [400]];
    await expectAllRefused(range, app, [...repeated, same], { headers: [HOST_A] });
  });

  it('of the URL do not count, where a client sends the whole of it', async () => {
    const target = `http://${B}.app.example.com/customers`;
    expect(isServedAsA(await range.send(app, { target, headers: [HOST_A] }))).toBe(true);
    const evil = { target: `http://${A}.app.example.com/customers`, headers: [host('attacker.example')] };
    await expectAllRefused(range, app, [['evil', evil, [404]]], { headers: [HOST_A] });
  });

  it('are needed', async () => {
    range.reset();
    const bare = await exchange(app.url, 'GET /customers HTTP/1.1\r\nConnection: close\r\n\r\n');
    expect(bare.map(({ status }) => status)).toEqual([400]);
    const old = await exchange(app.url, 'GET /customers HTTP/1.0\r\n\r\n');
    expect(old.map(({ status }) => status)).toEqual([403]);
    const empty = await exchange(app.url, requestBytes({ headers: ['Host: '] }));
    expect(empty.map(({ status }) => status)).toEqual([403]);
    expect(range.seen()).toMatchObject({ handlers: 0, statements: 0 });
    const named = await exchange(app.url, `GET /customers HTTP/1.0\r\n${HOST_A}\r\n\r\n`);
    expect(named.map(isServedAsA)).toEqual([true]);
  });

  it('each keep their own rows on one connection', async () => {
    const names = Array.from({ length: 20 }, (_, index) =>
      index % 3 === 2 ? 'attacker.example' : index % 3 === 1 ? 'b' : 'a',
    );
    const lines = { a: HOST_A, b: HOST_B, 'attacker.example': host('attacker.example') } as Record<string, string>;
    const bytes = names.map((name) => `GET /customers HTTP/1.1\r\n${lines[name]}\r\n\r\n`).join('');
    const answers = await exchange(app.url, bytes + requestBytes({ headers: [HOST_A] }));
    const tenants = answers.map(({ status, body }) => {
      const { tenantId, rows } = JSON.parse(body) as { tenantId?: string; rows?: { tenantId: string }[] };
      return [status, tenantId, rows?.every((row) => row.tenantId === tenantId), rows?.length];
    });
    const expected = {
      a: [200, A, true, 2],
      b: [200, B, true, 1],
      'attacker.example': [404, undefined, undefined, undefined],
    } as Record<string, unknown>;
    expect(tenants).toEqual([...names, 'a'].map((name) => expected[name]));
  });
});
