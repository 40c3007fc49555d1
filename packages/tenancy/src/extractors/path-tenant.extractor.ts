import { InvalidOptionsError, resolveOptions } from '@nestarc/core';
import { match, type MatchFunction, parse, type Token } from 'path-to-regexp';
import { z } from 'zod';
import { percentDecoded } from '../request/percent-decoded';
import { requestPath } from '../request/request-path';
import type { TenancyRequest } from '../request/tenancy-request';
import type { TenantExtractor } from './tenant-extractor';

/** Options of {@link PathTenantExtractor}. */
export interface PathExtractorOptions {
  /**
   * Pattern of the paths that name a tenant, as routes are written for Express 5: `/orgs/:org/users/:user`. It is matched
   * from the start of the path as it was sent, with the application's global prefix; what follows it is free.
   */
  readonly pattern: string;
  /** The parameter of the pattern that is the tenant, without the colon. */
  readonly paramName: string;
}

const OWNER = 'PathTenantExtractor';
const schema = z.strictObject({
  pattern: z.string().startsWith('/', 'expected a path that starts with "/"'),
  paramName: z.string().min(1),
});

type Params = Partial<Record<string, string>>;

/** Reads the tenant from the path. */
export class PathTenantExtractor implements TenantExtractor {
  /** The request alone tells. */
  readonly needs = 'request';
  readonly #match: MatchFunction<Params>;
  readonly #name: string;

  /**
   * @param options - see {@link PathExtractorOptions}
   * @throws InvalidOptionsError for a pattern that is malformed, or in which the parameter is not there exactly once
   */
  constructor(options: PathExtractorOptions) {
    const { pattern, paramName } = resolveOptions(OWNER, schema, options);
    this.#name = paramName;
    this.#match = compile(pattern, paramName);
  }

  /**
   * Reads the path.
   *
   * @param request - the request
   * @returns the decoded parameter, or `null` when the path does not match
   * @throws InvalidTenantIdError when its percent-encoding is broken
   */
  extract(request: TenancyRequest): string | null {
    const path = requestPath(request);
    const matched = path === undefined ? false : this.#match(path);
    const text = matched === false ? undefined : matched.params[this.#name];
    return text === undefined ? null : percentDecoded(text);
  }
}

function compile(pattern: string, paramName: string): MatchFunction<Params> {
  let occurrences: number;
  let matcher: MatchFunction<Params>;
  try {
    // As Express mounts a path: in any case, and the slash at its end says nothing.
    matcher = match<Params>(pattern.replace(/\/+$/, ''), { end: false, decode: false });
    occurrences = countParameters(parse(pattern).tokens, paramName);
  } catch (error) {
    throw new InvalidOptionsError(OWNER, [{ path: 'pattern', message: (error as Error).message }]);
  }
  if (occurrences === 1) return matcher;
  const message = `expected the pattern to have the parameter ":${paramName}" once; it is there ${occurrences} times`;
  throw new InvalidOptionsError(OWNER, [{ path: 'paramName', message }]);
}

function countParameters(tokens: readonly Token[], name: string): number {
  return tokens.reduce((sum, token) => {
    if (token.type === 'group') return sum + countParameters(token.tokens, name);
    return token.type === 'param' && token.name === name ? sum + 1 : sum;
  }, 0);
}
