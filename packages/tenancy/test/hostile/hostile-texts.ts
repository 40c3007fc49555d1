import { A, B } from '../fixture/isolation-fixture';

const FULL_WIDTH = A.replaceAll('1', '\uff11');

/** Texts that are no tenant's id, though some are close to one. */
export const HOSTILE_TEXTS: readonly string[] = [
  // SQL
  "' OR '1'='1",
  "x'); DROP TABLE customers;--",
  `${A}' --`,
  `${A}'; SELECT set_config('app.current_tenant', '${A}', false); --`,
  '$$;SELECT pg_sleep(5);$$',
  // Paths and encodings
  '../x',
  `${A}/../x`,
  '..%2fx',
  '%2e%2e%2f',
  '%00',
  `${A}%00`,
  '%',
  '%zz',
  '%ff',
  '%c0%ae%c0%ae%c0%af',
  '%ed%a0%80',
  '%25%32%65',
  '\u0000',
  `${A}\u0000`,
  `${A}\u0000.app.example.com`,
  // What headers are split at
  'x y\r\nX-Injected: 1',
  'x y\nX-Injected: 1',
  'x y\r X-Injected: 1',
  'x y\r\n\tfolded',
  'x y\r\n folded',
  `x y\r\nContent-Length: 5`,
  // Other alphabets
  '\u{1f98a}',
  `${A}\u{1f98a}`,
  '\ud800',
  '\udc00x',
  `\u202e${A}`,
  `${A}\u200f`,
  `${A}\u200d`,
  `\ufeff${A}`,
  `${A}\u00a0`,
  FULL_WIDTH,
  '\u0430cme',
  '\u212aelvin',
  'caf\u00e9',
  'cafe\u0301',
  '\u0661\u0661\u0661',
  // Lists and structures
  `${A},${A}`,
  `${A}, x`,
  `["${A}"]`,
  `{"id":"${A}"}`,
  '[object Object]',
  // Other kinds of noise
  '-',
  '-x',
  '_',
  '.',
  '*',
  '\\',
  '<script>alert(1)</script>',
  '${jndi:ldap://x}',
  '{{7*7}}',
  `${A}${A}`,
  'a'.repeat(64),
  'a'.repeat(256),
  '\u0001',
  '\u001b[2J',
  '\u007f',
];

/** Bytes that are no text in UTF-8, one character a byte. */
export const HOSTILE_BYTES: readonly string[] = [
  '\xff',
  '\xfe\xff',
  '\xc0\xaf',
  '\xc0\x80',
  '\xe0\x80\xaf',
  '\xed\xa0\x80',
  '\xed\xb0\x80',
  '\xf8\x88\x80\x80\x80',
  '\x80\x81',
  `${A}\x80`,
  `\xc3${A}`,
];

/** Names of tenant B that are not its id. */
export const LOOK_ALIKES_OF_B: readonly string[] = [
  B.replaceAll('2', '\uff12'),
  B.replaceAll('2', '\u0662'),
  `${B}\u200b`,
];
