import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { InvalidOptionsError, resolveOptions } from '../src';

const schema = z.strictObject({
  name: z.string().default('x'),
  nested: z.strictObject({ list: z.array(z.number()).default([]) }).default({ list: [] }),
  instance: z.custom<Date>().optional(),
});

describe('resolveOptions', () => {
  it('fills in defaults and freezes every depth, but not the instances of the user', () => {
    const instance = new Date();
    const options = resolveOptions('Thing', schema, { instance });
    expect(options).toEqual({ name: 'x', nested: { list: [] }, instance });
    expect([options, options.nested, options.nested.list].every(Object.isFrozen)).toBe(true);
    expect(Object.isFrozen(instance)).toBe(false);
  });

  it('leaves what it passes on as it was given to the user, plain objects and lists among it', () => {
    const plain = { requests: 0 };
    const passing = z.strictObject({ client: z.custom<typeof plain>(), list: z.array(z.custom<typeof plain>()) });
    const options = resolveOptions('Thing', passing, { client: plain, list: [plain] });
    expect([options, options.list].every(Object.isFrozen)).toBe(true);
    options.client.requests += 1;
    expect(plain.requests).toBe(1);
  });

  it('leaves the object of the user as it was', () => {
    const given = { nested: { list: [1] } };
    resolveOptions('Thing', schema, given);
    expect(Object.isFrozen(given.nested.list)).toBe(false);
  });

  it.each([
    [{ name: 1 }, 'name'],
    [{ nested: { list: ['a'] } }, 'nested.list[0]'],
    [{ nmae: 'typo' }, 'nmae'],
    [undefined, '(options)'],
  ])('refuses %j and names %s', (options, path) => {
    expect(() => resolveOptions('Thing', schema, options)).toThrow(InvalidOptionsError);
    expect(() => resolveOptions('Thing', schema, options)).toThrow(path);
    expect(() => resolveOptions('Thing', schema, options)).toThrow(/^Thing was given invalid options/);
  });
});
