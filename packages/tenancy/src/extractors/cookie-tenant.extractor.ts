import { resolveOptions } from '@nestarc/core';
import { z } from 'zod';
import { RepeatedCookieError } from '../errors/repeated-cookie.error';
import { percentDecoded } from '../request/percent-decoded';
import type { TenancyRequest } from '../request/tenancy-request';
import type { TenantExtractor } from './tenant-extractor';

const cookieName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'expected the name of a cookie');

/**
 * Reads the tenant from a cookie. Anybody may write any value into a cookie, and a subdomain may write those of its
 * siblings: it is a candidate like any other. Names that start with `__Host-` are out of the reach of siblings.
 */
export class CookieTenantExtractor implements TenantExtractor {
  /** The request alone tells. */
  readonly needs = 'request';
  readonly #name: string;

  /**
   * @param name - name of the cookie; its case counts
   * @throws InvalidOptionsError when no cookie can have that name
   */
  constructor(name: string) {
    this.#name = resolveOptions('CookieTenantExtractor', z.object({ name: cookieName }), { name }).name;
  }

  /**
   * Reads the `Cookie` header, whether or not a parser of cookies is installed.
   *
   * @param request - the request
   * @returns the decoded value, or `null` when there is no such cookie or it is empty
   * @throws RepeatedCookieError when the cookie was sent more than once
   * @throws InvalidTenantIdError when its percent-encoding is broken
   */
  extract(request: TenancyRequest): string | null {
    const sent = request.headers['cookie'];
    if (sent === undefined) return null;
    const pairs = (typeof sent === 'string' ? sent : sent.join(';')).split(';').map(pairOf);
    const values = pairs.filter(([name]) => name === this.#name).map(([, value]) => value);
    if (values.length > 1) throw new RepeatedCookieError(this.#name);
    const [value] = values;
    return value === undefined || value === '' ? null : percentDecoded(value);
  }
}

/** RFC 6265 §4.1.1: blanks around either part, and quotes around the value, do not belong to it. */
function pairOf(text: string): readonly [name: string, value: string] {
  const equals = text.indexOf('=');
  if (equals === -1) return ['', trimmed(text)];
  return [trimmed(text.slice(0, equals)), trimmed(text.slice(equals + 1)).replace(/^"(.*)"$/, '$1')];
}

/** `trim()` takes more for blanks than HTTP does, and would make a no-break space vanish from a name. */
function trimmed(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '');
}
