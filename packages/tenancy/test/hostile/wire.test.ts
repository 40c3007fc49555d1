import { PLATFORMS } from '@nestarc/testing';
import type { Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { A, B } from '../fixture/isolation-fixture';
import { HostileRange, isServedAsA, type RangeApp } from './hostile-range';
import { exchange, type RawAnswer, requestBytes } from './raw-http';
import { expectAllRefused, type HostileCase } from './refusals';

let range: HostileRange;
beforeAll(async () => {
  range = await HostileRange.create();
});
afterAll(() => range.close());

const HEADER_A = `X-Tenant-Id: ${A}`;
const good = { headers: [HEADER_A] };
const get = (header: string, more = ''): string => `GET /customers HTTP/1.1\r\nHost: x\r\n${header}\r\n${more}\r\n`;
/** How long a server may keep a client waiting that has not said everything yet. */
const QUIET_MS = 300;

describe.each(PLATFORMS)('on the wire to %s,', (platform) => {
  let app: RangeApp;
  beforeAll(async () => {
    app = await range.serve(platform, { tenantExtractor: 'X-Tenant-Id' });
  });
  afterAll(() => app.close());

  it('a header that comes twice is refused, whatever its case and its values', async () => {
    const pairs = [
      [HEADER_A, `X-Tenant-Id: ${B}`],
      [HEADER_A, HEADER_A],
      [HEADER_A, `x-tenant-id: ${B}`],
      [`X-TENANT-ID: ${B}`, HEADER_A],
      [HEADER_A, 'X-Tenant-Id: '],
      ['X-Tenant-Id: ', HEADER_A],
      [HEADER_A, 'X-Other: 1', `x-Tenant-iD: ${B}`],
      [`X-Tenant-Id: ${A}, ${B}`],
      [`X-Tenant-Id: ${A},`],
      [`X-Tenant-Id: ${A};${B}`],
    ];
    const cases = pairs.map((headers): HostileCase => [headers.join(' + '), { headers }, [400]]);
    await expectAllRefused(range, app, cases, good);
    // Where any text is an id, what Node makes of two headers would be one.
    const lenient = await range.serve(platform, { tenantExtractor: 'X-Tenant-Id', tenantIdFormat: 'text' });
    const twice = cases.filter(([, { headers }]) => headers.length > 1);
    await expectAllRefused(range, lenient, twice, good);
    await lenient.close();
  });

  it('a header of another spelling is another header', async () => {
    for (const name of ['X_Tenant_Id', 'X-Tenant-ID2', 'XTenantId', 'X-Tenant', 'Tenant-Id']) {
      const other: HostileCase = [name, { headers: [`${name}: ${B}`] }, [403]];
      await expectAllRefused(range, app, [other], good);
      expect(isServedAsA(await range.send(app, { headers: [HEADER_A, `${name}: ${B}`] }))).toBe(true);
    }
  });

  it('NUL, bare CR and LF, folded lines and blanks in names are refused by Node', async () => {
    const lines = [
      `X-Tenant-Id: ${A}\0`,
      `X-Tenant-Id: \0${A}`,
      `X-Tenant\0-Id: ${A}`,
      `X-Tenant-Id: ${A}\rX-Tenant-Id: ${B}`,
      `X-Tenant-Id: ${A}\r X-Tenant-Id: ${B}`,
      `X-Tenant-Id:\r\n ${A}`,
      `X-Tenant-Id : ${A}`,
      ` X-Tenant-Id: ${A}`,
      `X-Tenant-Id\t: ${A}`,
      `: ${A}`,
      'X-Tenant-Id',
      `X-Tenant-Id\u00e9: ${A}`,
      `X-Tenant-Id: ${A}\x01`,
      `X-Tenant-Id: ${A}\x7f`,
    ];
    // A folded line that is first is a blank in front of a header's name, and one behind it part of its value.
    const cases = lines.map((line): HostileCase => [line, { headers: ['X-First: 1', line] }, [400, 403]]);
    await expectAllRefused(range, app, cases, good);
  });

  it('a value that goes on in the next line is not the value without it', async () => {
    for (const blank of [' ', '\t']) {
      const head = { headers: [HEADER_A, `${blank}${B}`] };
      await expectAllRefused(range, app, [[JSON.stringify(head), head, [400]]], good);
    }
  });

  it('a line feed alone does not make a second header', async () => {
    const head = { headers: [`X-Other: 1\nX-Tenant-Id: ${B}`, HEADER_A] };
    await expectAllRefused(range, app, [['line feed', head, [400]]], good);
  });

  it('a megabyte is refused by Node, and what is just small enough by us', async () => {
    const cases: HostileCase[] = [
      ['1 MB', { headers: [`X-Tenant-Id: ${'a'.repeat(1_000_000)}`] }, [431]],
      ['64 KiB', { headers: [`X-Tenant-Id: ${'a'.repeat(65_536)}`] }, [431]],
      ['1 MB in another header', { headers: [HEADER_A, `X-Other: ${'a'.repeat(1_000_000)}`] }, [431]],
      ['1 MB of names', { headers: [HEADER_A, `${'a'.repeat(1_000_000)}: 1`] }, [431]],
      ['1 MB in the path', { target: `/${'a'.repeat(1_000_000)}`, headers: [HEADER_A] }, [431]],
      ['16 KiB', { headers: [`X-Tenant-Id: ${'a'.repeat(16_000)}`] }, [400]],
    ];
    await expectAllRefused(range, app, cases, good);
    const server = app.nest.getHttpServer() as Server & { maxHeaderSize?: number };
    server.maxHeaderSize = 65_536;
    const large: HostileCase = ['64 KiB', { headers: [`X-Tenant-Id: ${'a'.repeat(65_000)}`] }, [400]];
    await expectAllRefused(range, app, [large], good);
    delete server.maxHeaderSize;
  });

  it('two thousand headers do not hide one that comes twice', async () => {
    const noise = Array.from({ length: 900 }, (_, index) => `X${index}: 1`);
    const cases: HostileCase[] = [['many', { headers: [HEADER_A, ...noise, `X-Tenant-Id: ${B}`] }, [400, 431]]];
    await expectAllRefused(range, app, cases, good);
  });

  it('requests of two tenants in one go are answered in order, each with its own rows', async () => {
    const ids = Array.from({ length: 30 }, (_, index) => (index % 2 === 0 ? A : B));
    const bytes = ids.map((id) => get(`X-Tenant-Id: ${id}`)).join('') + requestBytes(good);
    const answers = await exchange(app.url, bytes);
    expect(answers.map(tenantsOf)).toEqual([...ids, A].map((id) => [200, id, id === A ? [A, A] : [B]]));
  });

  it('a request without a tenant behind one with is not for the tenant before it', async () => {
    const bytes =
      get(HEADER_A) + get('X-Other: 1') + get(`X-Tenant-Id: ${A}'`) + get(HEADER_A) + requestBytes({ headers: [] });
    const answers = await exchange(app.url, bytes);
    expect(answers.map(({ status }) => status)).toEqual([200, 403, 400, 200, 403]);
  });

  it.each<[what: string, bytes: string]>([
    ['a length and chunks', smuggling('Content-Length: 6\r\nTransfer-Encoding: chunked', '0\r\n\r\n')],
    ['chunks and a length', smuggling('Transfer-Encoding: chunked\r\nContent-Length: 6', '0\r\n\r\n')],
    ['chunks under another name', smuggling('Content-Length: 4\r\nTransfer-Encoding: xchunked', '')],
    ['chunks of two kinds', smuggling('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity', '0\r\n\r\n')],
    ['chunks behind a blank', smuggling('Transfer-Encoding : chunked', '0\r\n\r\n')],
    ['chunks behind a vertical tab', smuggling('Transfer-Encoding:\vchunked', '0\r\n\r\n')],
    ['two lengths', smuggling('Content-Length: 0\r\nContent-Length: 44', '')],
    ['a list of lengths', smuggling('Content-Length: 0, 44', '')],
    ['a negative length', smuggling('Content-Length: -1', '')],
    ['a length with a sign', smuggling('Content-Length: +0', '')],
    ['a length in hexadecimal', smuggling('Content-Length: 0x0', '')],
    ['a chunk of a strange size', smuggling('Transfer-Encoding: chunked', '0x0\r\n\r\n')],
    ['a chunk that ends in a line feed', smuggling('Transfer-Encoding: chunked', '0\n\n')],
  ])('no second request comes in by %s', async (_what, bytes) => {
    range.reset();
    const answers = await exchange(app.url, bytes, QUIET_MS);
    // The first request may be answered before its body turns out to be no body.
    expect(answers.map(({ status }) => status).filter((status) => status >= 500)).toEqual([]);
    expect(answers.map(({ body }) => body).join()).not.toContain(B);
    expect(range.seen()).toMatchObject({ handlers: 0, statements: 0 });
    expect(isServedAsA(await range.send(app, good))).toBe(true);
  });

  it('half a request leads to nothing', async () => {
    range.reset();
    for (const bytes of [
      '',
      'G',
      'GET /customers',
      get(HEADER_A).slice(0, -2),
      get(HEADER_A).slice(0, -1),
      '\0'.repeat(100),
      '\x16\x03\x01\x02\x00\x01',
    ]) {
      const answers = await exchange(app.url, bytes, QUIET_MS);
      expect(answers.every(({ status }) => status === 400)).toBe(true);
    }
    expect(range.seen()).toMatchObject({ handlers: 0, statements: 0, logs: '' });
    expect(isServedAsA(await range.send(app, good))).toBe(true);
  });

  it('a method that nobody knows, or one that is none, leads to no handler', async () => {
    for (const method of ['TRACE', 'CONNECT', 'PRI', 'get', 'FOO', 'GET\0']) {
      range.reset();
      const answers = await exchange(app.url, requestBytes(good, method), QUIET_MS);
      expect(answers.filter(({ status }) => status < 400 || status >= 500)).toEqual([]);
      expect(range.seen()).toMatchObject({ handlers: 0, statements: 0 });
    }
  });

  it('a public route and an unknown URL do not look at the header', async () => {
    for (const id of ["' OR '1'='1", 'x'.repeat(10_000), '\xff\xfe', `${A}, ${B}`]) {
      const headers = [`X-Tenant-Id: ${id}`, `X-Tenant-Id: ${B}`];
      const open = await range.send(app, { target: '/health', headers });
      expect([open.status, JSON.parse(open.body), open.statements]).toEqual([200, { tenantId: null }, 0]);
      expect(await range.send(app, { target: '/nowhere', headers })).toMatchObject({ status: 404, statements: 0 });
    }
  });
});

/** A request of nobody with headers that disagree about its end, and one of tenant B behind what one of them takes for it. */
function smuggling(headers: string, body: string): string {
  return `POST /customers HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n${body}${get(`X-Tenant-Id: ${B}`)}`;
}

function tenantsOf({ status, body }: RawAnswer): unknown {
  const { tenantId, rows } = JSON.parse(body) as { tenantId: string; rows: { tenantId: string }[] };
  return [status, tenantId, rows.map((row) => row.tenantId)];
}
