import { NestarcError } from '@nestarc/core';

/** Thrown when a header that decides who is asking was sent more than once. */
export class RepeatedHeaderError extends NestarcError {
  /** @param name - name of the header */
  constructor(name: string) {
    super(`The header "${name}" was sent more than once`, { code: 'HEADER_REPEATED', status: 400 });
  }
}
