import { A } from '../fixture/isolation-fixture';
import { claims, hs256, tokenOf } from '../jwt/tokens';
import { type RawHead, utf8 } from './raw-http';

/** What a fuzzed request goes by: everything that the extractors and proofs look at. */
type Part = 'header' | 'host' | 'path' | 'cookie' | 'token' | 'payload';

const PARTS: readonly Part[] = ['header', 'host', 'path', 'cookie', 'token', 'payload'];
const SNIPPETS = [
  A,
  A.toUpperCase(),
  '.app.example.com',
  'app.example.com',
  'tenant',
  'tenant=',
  '=',
  ';',
  ',',
  '"',
  "'",
  '--',
  '%00',
  '%2e',
  '%2f',
  '%c0%af',
  '%',
  '/',
  '../',
  '/t/',
  '?',
  '#',
  ':',
  ':80',
  '[::1]',
  '@',
  '\\',
  ' ',
  '\t',
  '.',
  '\0',
  '\r',
  '\n',
  '\r\n',
  '\x7f',
  '\xff',
  '\xc0\xaf',
  utf8('\u0430'),
  utf8('\u{1f98a}'),
  utf8('\u202e'),
  'Bearer ',
  '{}',
  '[]',
  'null',
];

/** Makes requests from a generator of numbers, half of noise and half of what is nearly right. */
export class HostileBytes {
  constructor(private readonly random: () => number) {}

  /** A request. Noise may stand in any of its parts; the others are those of tenant A. */
  request(): RawHead {
    const parts = PARTS.filter(() => this.random() < 0.3);
    const noisy = (part: Part, right: string): string => (parts.includes(part) ? this.#near(right) : right);
    const host = noisy('host', `${A}.app.example.com`);
    const headers = [
      `Host: ${host}`,
      `X-Tenant-Id: ${noisy('header', A)}`,
      `Cookie: tenant=${noisy('cookie', A)}`,
      `Authorization: Bearer ${noisy('token', this.#token(parts.includes('payload')))}`,
    ].filter(() => this.random() < 0.9);
    if (this.random() < 0.05) headers.push(this.#pick(headers) ?? 'Host: x');
    return { target: noisy('path', `/t/${A}/customers`), headers: headers.length === 0 ? ['Host: x'] : headers };
  }

  #token(isNoisy: boolean): string {
    const payload = JSON.stringify(claims({ tenant_id: A }));
    if (!isNoisy) return hs256(payload);
    return this.random() < 0.5
      ? hs256(this.#near(payload))
      : tokenOf({ alg: this.#near('HS256') }, payload, () => Buffer.from(this.#noise()));
  }

  /** A text with a few bytes put in, taken out or put in the place of others; or nothing like it. */
  #near(text: string): string {
    if (this.random() < 0.3) return this.#noise();
    let changed = text;
    for (let edits = 1 + this.random() * 3; edits > 0; edits -= 1) {
      const at = Math.floor(this.random() * (changed.length + 1));
      const removed = Math.floor(this.random() * 3);
      const added = this.random() < 0.7 ? this.#atom() : '';
      changed = changed.slice(0, at) + added + changed.slice(at + removed);
    }
    return changed;
  }

  #noise(): string {
    return Array.from({ length: Math.floor(this.random() ** 3 * 60) }, () => this.#atom()).join('');
  }

  #atom(): string {
    if (this.random() < 0.5) return this.#pick(SNIPPETS) ?? '';
    return String.fromCharCode(Math.floor(this.random() * (this.random() < 0.5 ? 128 : 256)));
  }

  #pick<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.random() * list.length)];
  }
}
