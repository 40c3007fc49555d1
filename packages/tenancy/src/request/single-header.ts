import { RepeatedHeaderError } from '../errors/repeated-header.error';
import type { TenancyRequest } from './tenancy-request';

/**
 * Reads a header that decides who is asking. One that was sent twice is refused: Node keeps the first `Authorization` and
 * `Host` and joins other headers with a comma, a proxy in front may have taken the last, and the two would disagree.
 *
 * @param request - the request
 * @param name - name of the header, in lower case
 * @returns its value, or `undefined` when it is absent or empty
 * @throws {@link RepeatedHeaderError} when it was sent more than once
 */
export function singleHeader(request: TenancyRequest, name: string): string | undefined {
  const value = request.headers[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string' || isRepeated(request, name)) throw new RepeatedHeaderError(name);
  return value;
}

function isRepeated(request: TenancyRequest, name: string): boolean {
  const sent = request.rawHeaders ?? request.raw?.rawHeaders ?? [];
  let seen = 0;
  for (let index = 0; index < sent.length; index += 2) {
    const other = sent[index] ?? '';
    if (other.length === name.length && other.toLowerCase() === name) seen += 1;
  }
  return seen > 1;
}
