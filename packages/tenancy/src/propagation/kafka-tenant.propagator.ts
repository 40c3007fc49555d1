import { resolveOptions } from '@nestarc/core';
import { z } from 'zod';
import { TENANT_HEADER } from './http-tenant.propagator';
import { checkSource, propagationOptions } from './propagation-options.schema';
import type { PropagationOptions } from './propagation.options';
import { TenantCodec } from './tenant-codec';
import type { TenantContextCarrier, TenantPropagator, TenantSource } from './tenant-propagator';

/** Headers of a Kafka message, as kafkajs and `@confluentinc/kafka-javascript` have them. */
export type KafkaHeadersLike = Record<string, string | Buffer | (string | Buffer)[] | undefined>;

/** The part of a Kafka message that carries the tenant. */
export interface KafkaMessageLike {
  /** Headers; one that was sent several times is a list. */
  headers?: KafkaHeadersLike | undefined;
  /** The rest of the message. */
  [key: string]: unknown;
}

/** Options of `KafkaTenantPropagator`. */
export interface KafkaPropagationOptions extends PropagationOptions {
  /** Name of the header. Defaults to `X-Tenant-Id`; it is found in any case. */
  readonly headerName?: string | undefined;
}

const schema = z.strictObject({
  headerName: z
    .string()
    .min(1)
    .refine((name) => name !== '__proto__', 'expected a key that is not a part of every object')
    .default(TENANT_HEADER),
  ...propagationOptions('kafka'),
});

/** Carries the tenant in a header of Kafka messages. */
export class KafkaTenantPropagator implements TenantContextCarrier<KafkaMessageLike>, TenantPropagator {
  readonly #headerName: string;
  readonly #codec: TenantCodec;

  /**
   * @param context - tells the current tenant
   * @param options - name of the header, and how it is signed
   * @throws InvalidOptionsError naming the path of every refused option
   */
  constructor(context: TenantSource, options: KafkaPropagationOptions = {}) {
    const { headerName, ...resolved } = resolveOptions('KafkaTenantPropagator', schema, options);
    this.#headerName = headerName;
    const source = checkSource('KafkaTenantPropagator', context);
    this.#codec = new TenantCodec(source, { ...resolved, name: headerName.toLowerCase(), encoding: 'text' });
  }

  /**
   * Writes the current tenant into a message.
   *
   * @param message - the message
   * @returns a copy with the header in it; the same message where there is no tenant
   * @throws TenantCarrierConflictError when it names another tenant already
   * @throws TenantContextMissingError when there is no tenant and the option `required` is set
   */
  inject<T extends object>(message: T & { headers?: KafkaHeadersLike | undefined }): T {
    const tenantId = this.#codec.current();
    const carried = this.#find(message);
    this.#codec.checkSame(valuesOf(carried), tenantId);
    if (tenantId === undefined) return message;
    const headers = { ...message.headers };
    for (const [name] of carried) delete headers[name];
    return { ...message, headers: { ...headers, [this.#headerName]: this.#codec.encode(tenantId) } };
  }

  /**
   * Reads the tenant from a message.
   *
   * @param message - the message
   * @returns the tenant's id, or `null` when the message names none
   * @throws RepeatedHeaderError when it names several
   * @throws InvalidTenantIdError when the id is not well formed
   * @throws TenantProofInvalidError when it must be an envelope and is none, or a bad one
   */
  extract(message: { readonly headers?: Readonly<Record<string, unknown>> | undefined }): string | null {
    return this.#codec.decode(valuesOf(this.#find(message)));
  }

  /**
   * Makes the header alone.
   *
   * @returns an object of one header, or of none where there is no tenant
   * @throws TenantContextMissingError when there is no tenant and the option `required` is set
   */
  getHeaders(): Record<string, string> {
    const tenantId = this.#codec.current();
    return tenantId === undefined ? {} : { [this.#headerName]: this.#codec.encode(tenantId) };
  }

  /** Kafka tells the cases of names apart, and producers in other languages do not agree on one. */
  #find(message: { readonly headers?: unknown } | null | undefined): [string, unknown][] {
    const headers = message?.headers;
    if (typeof headers !== 'object' || headers === null) return [];
    return Object.entries(headers).filter(([name]) => name.toLowerCase() === this.#headerName.toLowerCase());
  }
}

const valuesOf = (headers: readonly [string, unknown][]): readonly unknown[] => headers.flatMap(([, value]) => value);
