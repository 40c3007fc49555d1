import type { CarrierKind } from '../propagation/carrier-headers';

/** What carries the headers of a message, and what kind of thing that is. */
export interface MessageCarrier {
  /** The message, its headers or its metadata. */
  readonly carrier: unknown;
  /** What it is. */
  readonly kind: CarrierKind;
}

type Shape = Readonly<Record<string, unknown>>;

const has = (context: Shape, ...methods: string[]): boolean =>
  methods.every((method) => typeof context[method] === 'function');

const ask = (context: Shape, method: string): unknown => (context[method] as () => unknown)();

/**
 * Finds what carries the headers of a message in the context that Nest's server has made for it. Where there are none (TCP,
 * Redis), and in transports nobody knows, nothing does: the payload is the sender's business, and is never looked at.
 *
 * @param context - such as a `KafkaContext`, `NatsContext`, `RmqContext`, `MqttContext`, or the metadata of gRPC
 */
export function carrierOf(context: unknown): MessageCarrier | undefined {
  if (typeof context !== 'object' || context === null) return undefined;
  const shape = context as Shape;
  if (has(shape, 'get', 'getMap')) return { carrier: shape, kind: 'grpc' };
  if (has(shape, 'getPacket')) return { carrier: ask(shape, 'getPacket'), kind: 'mqtt' };
  if (has(shape, 'getMessage')) {
    return { carrier: ask(shape, 'getMessage'), kind: has(shape, 'getChannelRef') ? 'rmq' : 'kafka' };
  }
  if (!has(shape, 'getHeaders')) return undefined;
  const headers = ask(shape, 'getHeaders');
  const isNats = typeof headers === 'object' && headers !== null && has(headers as Shape, 'keys', 'values');
  return { carrier: headers, kind: isNats ? 'nats' : 'record' };
}
