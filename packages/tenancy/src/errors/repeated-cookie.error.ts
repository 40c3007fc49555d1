import { NestarcError } from '@nestarc/core';

/** Thrown when a cookie that decides who is asking was sent more than once: parsers disagree on which one counts. */
export class RepeatedCookieError extends NestarcError {
  /** @param name - name of the cookie */
  constructor(name: string) {
    super(`The cookie "${name}" was sent more than once`, { code: 'COOKIE_REPEATED', status: 400 });
  }
}
