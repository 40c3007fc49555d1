import { TENANT_DATA_KEY } from './bull-tenant.propagator';
import { TENANT_METADATA_KEY } from './grpc-tenant.propagator';
import { asText } from './tenant-codec';

/** The headers of a message, as the part of a `TenancyRequest` that extractors and proofs read. */
export interface CarrierHeaders {
  /** Values by lower-case name; a list where there are several. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** Names and values in turn, as the carrier has them. */
  readonly rawHeaders: readonly string[];
}

/** What kind of thing a carrier is. */
export type CarrierKind = 'kafka' | 'grpc' | 'nats' | 'rmq' | 'mqtt' | 'bull' | 'record';

/** Options of `headersOfCarrier`. */
export interface CarrierHeadersOptions {
  /**
   * What the carrier is. Defaults to what it looks like. Say it where the carrier is data that others write, such as that
   * of a job: with a key `headers`, it looks like a message of Kafka.
   */
  readonly kind?: CarrierKind | undefined;
  /** Key of the data of jobs that carries the tenant; it becomes the header `x-tenant-id`. Defaults to `__tenantId`. */
  readonly dataKey?: string | undefined;
}

type Entry = readonly [name: string, value: unknown];
type Shape = Readonly<Record<string, unknown>>;
type Reader = (carrier: Shape, dataKey: string) => readonly Entry[];

const isShape = (value: unknown): value is Shape => typeof value === 'object' && value !== null;

const has = (carrier: Shape, ...methods: string[]): boolean =>
  methods.every((method) => typeof carrier[method] === 'function');

const call = (carrier: Shape, method: string, ...args: unknown[]): unknown =>
  has(carrier, method) ? (carrier[method] as (...args: unknown[]) => unknown)(...args) : undefined;

const entriesOf = (value: unknown): readonly Entry[] => (isShape(value) ? Object.entries(value) : []);

/** What metadata is asked for that cannot list its keys. */
const ASKED = [TENANT_METADATA_KEY, 'authorization'];

const isNats = (carrier: Shape): boolean => has(carrier, 'get', 'keys', 'values');

const READERS: Readonly<Record<CarrierKind, Reader>> = {
  bull: (data, dataKey) => (Object.hasOwn(data, dataKey) ? [[TENANT_METADATA_KEY, data[dataKey]]] : []),
  nats(headers) {
    const names = call(headers, 'keys');
    return Array.isArray(names) ? names.map((name: string) => [name, call(headers, 'values', name)]) : [];
  },
  grpc(metadata) {
    const map = call(metadata, 'getMap');
    return (isShape(map) ? Object.keys(map) : ASKED).map((name) => [name, call(metadata, 'get', name)]);
  },
  rmq: ({ properties }) => (isShape(properties) ? entriesOf(properties['headers']) : []),
  mqtt: ({ properties }) => (isShape(properties) ? entriesOf(properties['userProperties']) : []),
  // A message of NATS has its headers there, too.
  kafka: ({ headers }) => (isShape(headers) && isNats(headers) ? READERS.nats(headers, '') : entriesOf(headers)),
  record: entriesOf,
};

/**
 * Makes of a message what extractors and proofs read as a request: of a message of Kafka, RabbitMQ, MQTT 5 or NATS, the
 * metadata of gRPC, the headers of NATS, the data of a job, or a plain record. A name that comes twice, in whatever case,
 * is left for `singleHeader` to refuse. What is not text becomes the empty text, which names no tenant.
 *
 * @param carrier - the message
 * @param options - what it is
 * @returns its headers; none where it has none
 */
export function headersOfCarrier(carrier: unknown, options: CarrierHeadersOptions = {}): CarrierHeaders {
  const { dataKey = TENANT_DATA_KEY } = options;
  const headers = Object.create(null) as Record<string, string | string[]>;
  const rawHeaders: string[] = [];
  if (!isShape(carrier)) return { headers, rawHeaders };
  for (const [name, value] of READERS[options.kind ?? kindOf(carrier, dataKey)](carrier, dataKey)) {
    const values = [value].flat().filter((one) => one !== undefined && one !== null);
    for (const text of values.map((one) => asText(one) ?? '')) {
      rawHeaders.push(name, text);
      const key = name.toLowerCase();
      const before = headers[key];
      headers[key] = before === undefined ? text : [before, text].flat();
    }
  }
  return { headers, rawHeaders };
}

function kindOf(carrier: Shape, dataKey: string): CarrierKind {
  if (Object.hasOwn(carrier, dataKey)) return 'bull';
  if (isNats(carrier)) return 'nats';
  if (has(carrier, 'get', 'set') || has(carrier, 'get', 'getMap')) return 'grpc';
  const { properties, headers } = carrier;
  if (isShape(properties)) return isShape(properties['headers']) ? 'rmq' : 'mqtt';
  return isShape(headers) ? 'kafka' : 'record';
}
