import { describe, expect, it } from 'vitest';
import { imageDiff } from '../../src/query/image.diff';

describe('what differs between two images', () => {
  const HIDDEN = { redacted: true };

  it('is told of values that are never recorded as they say themselves', () => {
    const before = { iban: HIDDEN, phone: HIDDEN };
    expect(imageDiff(before, { iban: { redacted: true, changed: true }, phone: HIDDEN })).toEqual({
      iban: { before: HIDDEN, after: HIDDEN },
    });
  });

  it('is told of JSON of the application that has a key of that name', () => {
    const after = { redacted: true, by: 'ann' };
    expect(imageDiff({ profile: { a: 1 } }, { profile: after })).toEqual({ profile: { before: { a: 1 }, after } });
    expect(imageDiff({ profile: { a: 1 } }, { profile: HIDDEN })).toEqual({
      profile: { before: { a: 1 }, after: HIDDEN },
    });
    expect(imageDiff({ profile: after }, { profile: after })).toEqual({});
  });
});
