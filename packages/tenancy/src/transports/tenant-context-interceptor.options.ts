import { resolveOptions } from '@nestarc/core';
import { z } from 'zod';
import { TENANT_DATA_KEY } from '../propagation/bull-tenant.propagator';
import { PURPOSE } from '../propagation/envelope-payload';
import { envelopeOption, headerNameOption } from '../propagation/propagation-options.schema';
import type { TenantEnvelope } from '../propagation/tenant-envelope';

/** What the options of `TenantContextInterceptor` have in common. */
interface CommonOptions {
  /**
   * Opens the envelope that senders have sealed, and accepts nothing else. Defaults to none: whoever can write to the
   * transport can name any tenant.
   */
  readonly envelope?: TenantEnvelope | undefined;
  /** What envelopes must have been sealed for. Defaults to the name of the transport. */
  readonly purpose?: string | undefined;
}

/** Options of `TenantContextInterceptor`, by transport. */
export type TenantContextInterceptorOptions =
  | (CommonOptions & {
      /** A transport whose messages have headers. Defaults to what the messages look like. */
      readonly transport?: 'kafka' | 'nats' | 'rmq' | 'mqtt' | undefined;
      /** Name of the header. Defaults to `X-Tenant-Id`; it is found in any case. */
      readonly headerName?: string | undefined;
    })
  | (CommonOptions & {
      /** gRPC. */
      readonly transport: 'grpc';
      /** Key of the metadata. Defaults to `x-tenant-id`. */
      readonly metadataKey?: string | undefined;
    })
  | (CommonOptions & {
      /**
       * Messages whose payload is the data of a job. Nest runs no interceptors for the processors of `@nestjs/bull` and
       * `@nestjs/bullmq`; this is for strategies that hand jobs to message handlers.
       */
      readonly transport: 'bull';
      /** Key of the data. Defaults to `__tenantId`. */
      readonly dataKey?: string | undefined;
    });

/** The options as the interceptor works with them. */
export interface ResolvedInterceptorOptions {
  /** The transport, where it is told. */
  readonly transport: 'kafka' | 'nats' | 'rmq' | 'mqtt' | 'grpc' | 'bull' | undefined;
  /** Name of the header, in lower case. */
  readonly headerName: string;
  /** Key of the data of jobs. */
  readonly dataKey: string;
  /** Opens envelopes. */
  readonly envelope: TenantEnvelope | undefined;
  /** What envelopes must have been sealed for. */
  readonly purpose: string | undefined;
}

const TENANT_KEY = 'x-tenant-id';

const common = { envelope: envelopeOption.optional(), purpose: z.string().regex(PURPOSE).optional() };
const key = headerNameOption.toLowerCase().default(TENANT_KEY);

const schema = z.discriminatedUnion(
  'transport',
  [
    z.strictObject({
      transport: z.enum(['kafka', 'nats', 'rmq', 'mqtt']).optional(),
      headerName: key,
      ...common,
    }),
    z.strictObject({ transport: z.literal('grpc'), metadataKey: key, ...common }),
    z.strictObject({ transport: z.literal('bull'), dataKey: z.string().min(1).default(TENANT_DATA_KEY), ...common }),
  ],
  'expected "kafka", "nats", "rmq", "mqtt", "grpc" or "bull"',
);

/**
 * Validates the options and fills in the defaults.
 *
 * @param options - what the user passed
 * @throws InvalidOptionsError naming the path of every refused option
 */
export function resolveInterceptorOptions(options: TenantContextInterceptorOptions): ResolvedInterceptorOptions {
  const resolved = resolveOptions('TenantContextInterceptor', schema, options);
  const { transport, envelope, purpose } = resolved;
  return {
    transport,
    envelope,
    purpose,
    headerName: 'headerName' in resolved ? resolved.headerName : metadataKeyOf(resolved),
    dataKey: 'dataKey' in resolved ? resolved.dataKey : TENANT_DATA_KEY,
  };
}

const metadataKeyOf = (resolved: object): string =>
  'metadataKey' in resolved && typeof resolved.metadataKey === 'string' ? resolved.metadataKey : TENANT_KEY;
