import { createHash } from 'node:crypto';
import { InvalidOptionsError } from '@nestarc/core';
import { normalisedName } from '../capture/sensitive-names';

/** What is written in place of a sensitive value. */
const REDACTED = '[REDACTED]';

/**
 * Turns what a caller passes as metadata into what JSON can hold: big numbers become texts, bytes their digest and length.
 * Values of sensitive keys are left out at every depth.
 *
 * @param owner - what was called
 * @param value - the value
 * @param sensitive - the keys
 * @throws InvalidOptionsError for values that contain themselves
 */
export function jsonValue(owner: string, value: unknown, sensitive: readonly string[]): unknown {
  const names = new Set(sensitive.map(normalisedName));
  return converted(value, { owner, names, around: [] }, 'metadata');
}

interface Conversion {
  readonly owner: string;
  readonly names: ReadonlySet<string>;
  readonly around: readonly object[];
}

function converted(value: unknown, conversion: Conversion, path: string): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) {
    return { sha256: createHash('sha256').update(value).digest('hex'), length: value.byteLength };
  }
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function') return converted(toJSON.call(value) as unknown, conversion, path);
  if (conversion.around.includes(value)) {
    throw new InvalidOptionsError(conversion.owner, [{ path, message: 'contains itself' }]);
  }
  const inner = { ...conversion, around: [...conversion.around, value] };
  if (Array.isArray(value)) return value.map((item, index) => converted(item, inner, `${path}[${index}]`));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      conversion.names.has(normalisedName(key)) ? REDACTED : converted(item, inner, `${path}.${key}`),
    ]),
  );
}
