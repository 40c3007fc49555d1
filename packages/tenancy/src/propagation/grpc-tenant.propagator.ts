import { resolveOptions } from '@nestarc/core';
import { z } from 'zod';
import { checkSource, propagationOptions } from './propagation-options.schema';
import type { PropagationOptions } from './propagation.options';
import { TenantCodec } from './tenant-codec';
import type { TenantContextCarrier, TenantSource } from './tenant-propagator';

/** Key of metadata that carries the tenant, unless another is asked for. */
export const TENANT_METADATA_KEY = 'x-tenant-id';

/** The part of `Metadata` of `@grpc/grpc-js` that carries the tenant. */
export interface GrpcMetadataLike {
  /**
   * Gives all values of a key.
   *
   * @param key - the key
   */
  get(key: string): (string | Buffer)[];
  /**
   * Replaces all values of a key.
   *
   * @param key - the key
   * @param value - the value
   */
  set(key: string, value: string): void;
}

/** Options of `GrpcTenantPropagator`. */
export interface GrpcPropagationOptions extends PropagationOptions {
  /** Key of the metadata. Defaults to `x-tenant-id`. */
  readonly metadataKey?: string | undefined;
}

const schema = z.strictObject({
  metadataKey: z
    .string()
    .toLowerCase()
    .regex(/^(?!grpc-)[0-9a-z_.-]+(?<!-bin)$/, 'expected a key for text, such as "x-tenant-id"')
    .default(TENANT_METADATA_KEY),
  ...propagationOptions('grpc'),
});

/** Carries the tenant in the metadata of gRPC calls. */
export class GrpcTenantPropagator implements TenantContextCarrier<GrpcMetadataLike> {
  readonly #metadataKey: string;
  readonly #codec: TenantCodec;

  /**
   * @param context - tells the current tenant
   * @param options - key of the metadata, and how it is signed
   * @throws InvalidOptionsError naming the path of every refused option
   */
  constructor(context: TenantSource, options: GrpcPropagationOptions = {}) {
    const { metadataKey, ...resolved } = resolveOptions('GrpcTenantPropagator', schema, options);
    this.#metadataKey = metadataKey;
    const source = checkSource('GrpcTenantPropagator', context);
    this.#codec = new TenantCodec(source, { ...resolved, name: metadataKey, encoding: 'ascii' });
  }

  /**
   * Writes the current tenant into metadata, in place of the one of an earlier call that it may have served.
   *
   * @param metadata - the metadata; it is changed
   * @returns the same metadata
   * @throws TenantCarrierConflictError when there is no tenant, and it names that of an earlier call
   * @throws TenantContextMissingError when there is no tenant and the option `required` is set
   * @throws InvalidTenantIdError when the id cannot be a value of metadata
   */
  inject<T extends GrpcMetadataLike>(metadata: T): T {
    const tenantId = this.#codec.current();
    if (tenantId === undefined) this.#codec.checkSame(metadata.get(this.#metadataKey), tenantId);
    else metadata.set(this.#metadataKey, this.#codec.encode(tenantId));
    return metadata;
  }

  /**
   * Reads the tenant from metadata.
   *
   * @param metadata - the metadata
   * @returns the tenant's id, or `null` when the metadata names none
   * @throws RepeatedHeaderError when it names several
   * @throws InvalidTenantIdError when the id is not well formed
   * @throws TenantProofInvalidError when it must be an envelope and is none, or a bad one
   */
  extract(metadata: Pick<GrpcMetadataLike, 'get'>): string | null {
    return this.#codec.decode([metadata.get(this.#metadataKey)].flat());
  }
}
