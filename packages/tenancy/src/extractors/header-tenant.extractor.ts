import { resolveOptions } from '@nestarc/core';
import { z } from 'zod';
import { headerName } from '../request/header-name';
import { singleHeader } from '../request/single-header';
import type { TenancyRequest } from '../request/tenancy-request';
import type { TenantExtractor } from './tenant-extractor';

/** Reads the tenant id from a header. */
export class HeaderTenantExtractor implements TenantExtractor {
  /** The request alone tells. */
  readonly needs = 'request';
  readonly #name: string;

  /**
   * @param name - name of the header, in any case
   * @throws InvalidOptionsError when no header can have that name
   */
  constructor(name: string) {
    this.#name = resolveOptions('HeaderTenantExtractor', z.object({ name: headerName }), { name }).name;
  }

  /**
   * Reads the header.
   *
   * @param request - the request
   * @throws RepeatedHeaderError when it was sent more than once
   */
  extract(request: TenancyRequest): string | null {
    return singleHeader(request, this.#name) ?? null;
  }
}
