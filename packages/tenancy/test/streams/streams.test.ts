import { PLATFORMS, type ServedApp } from '@nestarc/testing';
import { Agent, type IncomingMessage, request } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DIRECT_POOL } from '../fixture/database-path';
import { A, B, IsolationFixture } from '../fixture/isolation-fixture';
import { behind, type Found, serveStreams } from './stream-app';

const FOUND: Readonly<Record<string, Found>> = {
  [A]: { tenantId: A, emails: ['a1@example.com', 'a2@example.com'] },
  [B]: { tenantId: B, emails: ['b1@example.com'] },
};
const BOTH = [A, B];
/** Tenants in turn. */
const turns = (count: number): string[] => Array.from({ length: count }, (_, index) => (index % 2 === 0 ? A : B));

let fixture: IsolationFixture;
beforeAll(async () => {
  fixture = await IsolationFixture.create(DIRECT_POOL);
  await fixture.seed();
});
afterAll(() => fixture.close());

describe.each(PLATFORMS)('on %s the tenant lasts', (platform) => {
  let app: ServedApp;
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  beforeAll(async () => {
    app = await serveStreams(platform, fixture.prisma);
  });
  beforeEach(() => {
    behind.bytes = 0;
    behind.chunks = 0;
    behind.endedAs.length = 0;
  });
  afterEach(async () => {
    for (const setting of await fixture.settingsLeftBehind()) expect(setting ?? '').toBe('');
  });
  afterAll(async () => {
    agent.destroy();
    await app.close();
  });

  /** Sends a request whose body comes in pieces; gives the text of the answer. */
  const send = async (path: string, tenantId: string, type?: string, pieces: readonly string[] = []): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers = { 'x-tenant-id': tenantId, ...(type === undefined ? {} : { 'content-type': type }) };
      const call = request(`${app.url}${path}`, { agent, method: type === undefined ? 'GET' : 'POST', headers });
      call.on('error', reject);
      call.on('response', (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('error', reject);
        response.on('end', () => resolve(text));
      });
      void (async () => {
        for (const piece of pieces) {
          call.write(piece);
          await new Promise((resume) => setTimeout(resume, 1));
        }
        call.end();
      })();
    });

  const megabyte = (tenantId: string): string =>
    JSON.stringify({ items: Array.from({ length: 1024 }, () => tenantId.padEnd(1021, 'x')) });
  const postJson = async (tenantId: string): Promise<unknown> => {
    const text = megabyte(tenantId);
    const half = text.length / 2;
    return JSON.parse(await send('/json', tenantId, 'application/json', [text.slice(0, half), text.slice(half)]));
  };
  const PIECES = Array.from({ length: 16 }, () => 'x'.repeat(16_384));
  const upload = async (tenantId: string): Promise<unknown> =>
    JSON.parse(await send('/upload', tenantId, 'multipart/form-data; boundary=x', PIECES));
  const events = async (tenantId: string): Promise<unknown[]> =>
    [...(await send('/events', tenantId)).matchAll(/^data: (.+)$/gm)].map(
      ([, data = '']) => JSON.parse(data) as unknown,
    );
  const download = async (tenantId: string): Promise<unknown[]> =>
    (await send('/download', tenantId))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);

  it('through the parsing of a megabyte of JSON', async () => {
    for (const tenantId of BOTH) expect(await postJson(tenantId)).toEqual({ ...FOUND[tenantId], items: 1024 });
  });

  it('through an upload that the handler reads itself, to its last byte', async () => {
    const uploaded = await Promise.all(BOTH.map(upload));
    for (const [index, tenantId] of BOTH.entries()) {
      expect(uploaded[index]).toEqual({ ...FOUND[tenantId], bytes: 262_144, tenants: [tenantId] });
    }
  });

  it('through the events that a server sends, for two tenants at once', async () => {
    const sent = await Promise.all(BOTH.map(events));
    for (const [index, tenantId] of BOTH.entries()) {
      expect(sent[index]).toEqual([FOUND[tenantId], FOUND[tenantId], FOUND[tenantId]]);
    }
    expect([...behind.endedAs].sort()).toEqual(BOTH);
  });

  it('through a download that asks the database chunk by chunk, for two tenants at once', async () => {
    const downloaded = await Promise.all(BOTH.map(download));
    for (const [index, tenantId] of BOTH.entries()) {
      expect(downloaded[index]).toEqual(Array.from({ length: 5 }, () => FOUND[tenantId]));
    }
    expect([...behind.endedAs].sort()).toEqual(BOTH);
  });

  it('through a hundred of all of them at once', async () => {
    const kinds = [postJson, upload, events, download];
    const expected = (tenantId: string): unknown[] => [
      { ...FOUND[tenantId], items: 1024 },
      { ...FOUND[tenantId], bytes: 262_144, tenants: [tenantId] },
      Array.from({ length: 3 }, () => FOUND[tenantId]),
      Array.from({ length: 5 }, () => FOUND[tenantId]),
    ];
    const answers = await Promise.all(
      turns(100).map(
        async (tenantId, index) => [tenantId, index >> 1, await kinds[(index >> 1) % 4]?.(tenantId)] as const,
      ),
    );
    for (const [tenantId, index, answer] of answers) expect(answer).toEqual(expected(tenantId)[index % 4]);
  });

  /** Starts a request, hangs up after the first bytes of the answer, and waits until the server has noticed. */
  const hangUp = async (path: string, tenantId: string): Promise<void> => {
    const before = behind.endedAs.length;
    await new Promise<void>((resolve, reject) => {
      const call = request(
        `${app.url}${path}`,
        { headers: { 'x-tenant-id': tenantId } },
        (response: IncomingMessage) => {
          response.once('data', () => response.destroy());
          response.on('error', () => undefined);
          response.on('close', resolve);
        },
      );
      call.on('error', reject);
      call.end();
    });
    await until(() => behind.endedAs.length > before);
  };

  it.each(['/endless-events', '/endless-download'])('to where a client hangs up on %s, and no longer', async (path) => {
    for (const tenantId of turns(10)) {
      await hangUp(path, tenantId);
      expect(await download(tenantId === A ? B : A)).toEqual(
        Array.from({ length: 5 }, () => FOUND[tenantId === A ? B : A]),
      );
    }
    expect(behind.endedAs.filter((_, index) => index % 2 === 0)).toEqual(turns(10));
    const { chunks } = behind;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(behind.chunks).toBe(chunks);
    await until(() => fixture.pool.idleCount === fixture.pool.totalCount && fixture.pool.waitingCount === 0);
  });

  it('to where a client hangs up on its upload', async () => {
    for (const tenantId of turns(6)) {
      const before = behind.bytes;
      const call = request(`${app.url}/upload`, {
        method: 'POST',
        headers: { 'x-tenant-id': tenantId, 'content-type': 'multipart/form-data; boundary=x' },
      });
      call.on('error', () => undefined);
      call.write('x'.repeat(4096));
      await until(() => behind.bytes > before);
      const ended = behind.endedAs.length;
      call.destroy();
      await until(() => behind.endedAs.length > ended);
      expect(behind.endedAs.at(-1)).toBe(tenantId);
      expect(await download(A)).toEqual(Array.from({ length: 5 }, () => FOUND[A]));
    }
  });
});

async function until(isSo: () => boolean): Promise<void> {
  for (let n = 0; n < 500 && !isSo(); n += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(isSo()).toBe(true);
}
