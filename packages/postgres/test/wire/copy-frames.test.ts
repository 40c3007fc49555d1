import { describe, expect, it } from 'vitest';
import { CopyFrames } from '../../src/wire/copy-frames';

const frame = (type: string, body: string): Buffer => {
  const header = Buffer.alloc(5);
  header.write(type, 'latin1');
  header.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([header, Buffer.from(body)]);
};
const DONE = frame('c', '');

describe('the frames of a COPY stream', () => {
  it('are known whole, in pieces and empty', () => {
    const frames = new CopyFrames();
    const header = frame('d', 'abcd').subarray(0, 5);
    const pieces = [frame('d', 'ab'), header, Buffer.from('ab'), Buffer.from('cd'), frame('d', ''), Buffer.alloc(0)];
    expect(pieces.map((piece) => frames.classify(piece))).toEqual(pieces.map(() => 'data'));
    expect(frames.classify(DONE)).toBe('done');
  });

  it('are not taken for their end when the data looks like it', () => {
    const frames = new CopyFrames();
    expect(frames.classify(frame('d', 'abcde').subarray(0, 5))).toBe('data');
    expect(frames.classify(DONE)).toBe('data');
    expect(frames.classify(DONE)).toBe('done');
  });

  it.each([frame('Q', 'COMMIT\0'), frame('d', 'a').subarray(0, 3), Buffer.concat([frame('d', 'a'), frame('Q', 'x')])])(
    'are the only ones: %o is foreign',
    (bytes) => {
      expect(new CopyFrames().classify(bytes)).toBe('foreign');
    },
  );
});
