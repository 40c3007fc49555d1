import { InvalidOptionsError } from '@nestarc/core';
import { describe, expect, it } from 'vitest';
import { HeaderTenantExtractor, type TenantExtractor } from '../../src';
import { CompositeTenantExtractor } from '../../src/extractors/composite-tenant.extractor';

const request = { headers: {} };
const says = (found: unknown, more: Partial<TenantExtractor> = {}): TenantExtractor => ({
  extract: () => found as string,
  ...more,
});
const throws: TenantExtractor = {
  extract: () => {
    throw new Error('refused');
  },
};
const extract = (...extractors: TenantExtractor[]): ReturnType<TenantExtractor['extract']> =>
  new CompositeTenantExtractor(extractors).extract(request);

describe('several extractors', () => {
  it('are asked in order, and the first that names a tenant decides', () => {
    expect(extract(says(null), says('a'), says('b'))).toBe('a');
    expect(extract(says('b'), throws)).toBe('b');
    expect(extract(says(null), says(null))).toBeNull();
  });

  it('answer at once until one takes its time', async () => {
    expect(extract(says('a'), says(Promise.resolve('b')))).toBe('a');
    const later = extract(says(null), says(Promise.resolve(null)), says('b'), throws);
    expect(later).toBeInstanceOf(Promise);
    expect(await later).toBe('b');
    expect(await extract(says(Promise.resolve('a')), throws)).toBe('a');
    expect(await extract(says(Promise.resolve(null)), says(Promise.resolve(null)))).toBeNull();
  });

  it('do not get a request through that one of them refuses', async () => {
    expect(() => extract(says(null), throws, says('a'))).toThrow('refused');
    await expect(extract(says(Promise.resolve(null)), throws, says('a'))).rejects.toThrow('refused');
    await expect(extract(says(Promise.reject(new Error('later'))), says('a'))).rejects.toThrow('later');
  });

  it.each([undefined, '', Promise.resolve(undefined), Promise.resolve('')])('go on after %j', async (nothing) => {
    expect(await extract(says(nothing), says('a'))).toBe('a');
  });

  it('are verified, and need no guard, only together', () => {
    const source = says('a', { verified: true, needs: 'request' });
    const of = (...more: TenantExtractor[]): CompositeTenantExtractor =>
      new CompositeTenantExtractor([source, ...more]);
    expect(of()).toMatchObject({ verified: true, needs: 'request' });
    expect(of(says('b', { verified: true }))).toMatchObject({ verified: true, needs: 'guard' });
    expect(of(new HeaderTenantExtractor('x-tenant-id'))).toMatchObject({ verified: false, needs: 'request' });
    expect(of(says('b', { verified: 'yes' as unknown as boolean }))).toMatchObject({ verified: false });
  });

  it('stay the same when the list is changed later', () => {
    const list = [says('a')];
    const composite = new CompositeTenantExtractor(list);
    list[0] = says('evil');
    expect(composite.extract(request)).toBe('a');
    list[0] = says('a');
  });

  it.each<[unknown, string]>([
    [[], 'extractors: expected at least one extractor'],
    [[says('a'), {}], 'extractors[1]: expected an object with an extract() method'],
    [['X-Tenant-Id'], 'extractors[0]'],
    [[null], 'extractors[0]'],
    [undefined, 'extractors'],
  ])('are refused when they are %j', (extractors, message) => {
    const make = (): unknown => new CompositeTenantExtractor(extractors as TenantExtractor[]);
    expect(make).toThrow(InvalidOptionsError);
    expect(make).toThrow(message);
  });
});
