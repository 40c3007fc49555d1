import { PLATFORMS } from '@nestarc/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { A, B } from '../fixture/isolation-fixture';
import { HostileRange, isServedAsA, type RangeApp } from './hostile-range';
import { HOSTILE_BYTES, HOSTILE_TEXTS, LOOK_ALIKES_OF_B } from './hostile-texts';
import type { RawHead } from './raw-http';
import { expectAllRefused } from './refusals';
import { BELIEVED, bearer, PROVEN, signedBytes, type TenantSource } from './tenant-sources';

let range: HostileRange;
beforeAll(async () => {
  range = await HostileRange.create();
});
afterAll(() => range.close());

/** A request that names a tenant by bytes, one character a byte, which may be no text. */
function namingBytes({ naming }: TenantSource, bytes: string): RawHead {
  const { target, headers } = naming('HOSTILE');
  if (headers.some((line) => line.startsWith('Authorization'))) {
    return { headers: [bearer(signedBytes(Buffer.from(`{"tenant_id":"${bytes}"}`, 'latin1')))] };
  }
  const put = (text: string): string => text.replace('HOSTILE', () => bytes);
  return { ...(target === undefined ? {} : { target: put(target) }), headers: headers.map(put) };
}

describe.each(PLATFORMS)('on %s, by', (platform) => {
  describe.each([...BELIEVED, ...PROVEN])('$name,', (source) => {
    let app: RangeApp;
    beforeAll(async () => {
      app = await range.serve(platform, source.options(range));
    });
    afterAll(() => app.close());

    it('texts that are no ids are refused, before the handler and the database', async () => {
      const texts = [...HOSTILE_TEXTS, ...LOOK_ALIKES_OF_B];
      await expectAllRefused(
        range,
        app,
        texts.map((text) => [text, source.naming(text)]),
        source.naming(A),
      );
    });

    it('so are bytes that are no text', async () => {
      await expectAllRefused(
        range,
        app,
        HOSTILE_BYTES.map((bytes) => [Buffer.from(bytes, 'latin1').toString('hex'), namingBytes(source, bytes)]),
        source.naming(A),
      );
    });

    it('where ids are UUIDs, words and other spellings of a UUID are refused, too', async () => {
      const strict = await range.serve(platform, { ...source.options(range), tenantIdFormat: 'uuid' });
      const texts = [
        'acme',
        'a',
        '1',
        'xn--cme-5cd',
        'null',
        A.replaceAll('-', ''),
        A.slice(1),
        `${A}0`,
        `urn:uuid:${A}`,
      ];
      await expectAllRefused(
        range,
        strict,
        [...texts, ...HOSTILE_TEXTS].map((text) => [text, source.naming(text)]),
        source.naming(A),
      );
      await strict.close();
    });

    it('a UUID in capitals is the same tenant, with the same rows', async () => {
      for (const spelling of [A.toUpperCase(), A]) {
        expect(isServedAsA(await range.send(app, source.naming(spelling)))).toBe(true);
      }
      const { status, body } = await range.send(app, source.naming(B.toUpperCase()));
      expect(status).toBe(200);
      expect(JSON.parse(body)).toMatchObject({ tenantId: B, rows: [{ email: 'b1@example.com' }] });
    });
  });
});
