import { resolveOptions } from '@nestarc/core';
import { z } from 'zod';
import { TenantCarrierConflictError } from '../errors/tenant-carrier-conflict.error';
import { checkSource, propagationOptions } from './propagation-options.schema';
import type { PropagationOptions } from './propagation.options';
import { TenantCodec } from './tenant-codec';
import type { TenantContextCarrier, TenantSource } from './tenant-propagator';

/** Key of job data that carries the tenant, unless another is asked for. */
export const TENANT_DATA_KEY = '__tenantId';

/** Options of `BullTenantPropagator`. */
export interface BullPropagationOptions extends PropagationOptions {
  /** Key of the job's data. Defaults to `__tenantId`. */
  readonly dataKey?: string | undefined;
}

const schema = z.strictObject({
  dataKey: z
    .string()
    .min(1)
    .refine((key) => key !== '__proto__', 'expected a key that is not a part of every object')
    .default(TENANT_DATA_KEY),
  ...propagationOptions('bull'),
});

/** Carries the tenant in the data of jobs of Bull and BullMQ. */
export class BullTenantPropagator implements TenantContextCarrier<object> {
  readonly #dataKey: string;
  readonly #codec: TenantCodec;

  /**
   * @param context - tells the current tenant
   * @param options - key of the data, and how it is signed
   * @throws InvalidOptionsError naming the path of every refused option
   */
  constructor(context: TenantSource, options: BullPropagationOptions = {}) {
    const { dataKey, ...resolved } = resolveOptions('BullTenantPropagator', schema, options);
    this.#dataKey = dataKey;
    const source = checkSource('BullTenantPropagator', context);
    this.#codec = new TenantCodec(source, { ...resolved, name: dataKey, encoding: 'text' });
  }

  /**
   * Writes the current tenant into the data of a job.
   *
   * @param data - the data
   * @returns a copy with the tenant in it; the same object where there is no tenant
   * @throws TenantCarrierConflictError when it names another tenant already, or is a list, which cannot carry one
   * @throws TenantContextMissingError when there is no tenant and the option `required` is set
   */
  inject<T extends object>(data: T): T {
    const tenantId = this.#codec.current();
    this.#codec.checkSame(this.#values(data), tenantId);
    if (tenantId === undefined) return data;
    if (!isRecord(data)) throw new TenantCarrierConflictError(new TypeError('Lists cannot carry a tenant'));
    return { ...data, [this.#dataKey]: this.#codec.encode(tenantId) };
  }

  /**
   * Reads the tenant from the data of a job.
   *
   * @param data - the data
   * @returns the tenant's id, or `null` when the data names none
   * @throws InvalidTenantIdError when the id is not well formed
   * @throws TenantProofInvalidError when it must be an envelope and is none, or a bad one
   */
  extract(data: unknown): string | null {
    return this.#codec.decode(this.#values(data));
  }

  #values(data: unknown): readonly unknown[] {
    return isRecord(data) && Object.hasOwn(data, this.#dataKey) ? [data[this.#dataKey]] : [];
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
