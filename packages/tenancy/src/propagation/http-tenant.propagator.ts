import { resolveOptions } from '@nestarc/core';
import { z } from 'zod';
import { singleHeader } from '../request/single-header';
import type { TenancyRequest } from '../request/tenancy-request';
import { checkSource, headerNameOption, propagationOptions } from './propagation-options.schema';
import type { PropagationOptions } from './propagation.options';
import { TenantCodec } from './tenant-codec';
import type { TenantPropagator, TenantSource } from './tenant-propagator';

/** Name of the header that carries the tenant, unless another is asked for. */
export const TENANT_HEADER = 'X-Tenant-Id';

/** Options of `HttpTenantPropagator`. */
export interface HttpPropagationOptions extends PropagationOptions {
  /** Name of the header. Defaults to `X-Tenant-Id`. */
  readonly headerName?: string | undefined;
}

const schema = z.strictObject({ headerName: headerNameOption.default(TENANT_HEADER), ...propagationOptions('http') });

/** Tells other services over HTTP which tenant a request is for. */
export class HttpTenantPropagator implements TenantPropagator {
  readonly #headerName: string;
  readonly #codec: TenantCodec;

  /**
   * @param context - tells the current tenant
   * @param options - name of the header, and how it is signed
   * @throws InvalidOptionsError naming the path of every refused option
   */
  constructor(context: TenantSource, options: HttpPropagationOptions = {}) {
    const { headerName, ...resolved } = resolveOptions('HttpTenantPropagator', schema, options);
    this.#headerName = headerName;
    const source = checkSource('HttpTenantPropagator', context);
    this.#codec = new TenantCodec(source, { ...resolved, name: headerName.toLowerCase(), encoding: 'ascii' });
  }

  /**
   * Makes the header for a request that is about to be sent, as `fetch`, axios and `node:http` take it.
   *
   * @returns an object of one header, or of none where there is no tenant
   * @throws TenantContextMissingError when there is no tenant and the option `required` is set
   * @throws InvalidTenantIdError when the id cannot be the value of a header
   */
  getHeaders(): Record<string, string> {
    const tenantId = this.#codec.current();
    return tenantId === undefined ? {} : { [this.#headerName]: this.#codec.encode(tenantId) };
  }

  /**
   * Reads the tenant from the header of a request that was received.
   *
   * @param request - the request
   * @returns the tenant's id, or `null` when there is no such header
   * @throws RepeatedHeaderError when it was sent more than once
   * @throws InvalidTenantIdError when the id is not well formed
   * @throws TenantProofInvalidError when it must be an envelope and is none, or a bad one
   */
  extract(request: TenancyRequest): string | null {
    return this.#codec.decode([singleHeader(request, this.#headerName.toLowerCase())]);
  }
}
