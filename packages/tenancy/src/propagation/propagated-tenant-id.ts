import { InvalidTenantIdError } from '@nestarc/core';
import { canonicalText } from '../tenant-id-policy';

/** Header values of HTTP and gRPC: `fetch` refuses what is not Latin-1, gRPC what is not printable ASCII. */
const PRINTABLE_ASCII = /^[ -~]*$/;

/** How a carrier transports text: `ascii` as a header of HTTP or gRPC, `text` unchanged. */
export type CarrierEncoding = 'ascii' | 'text';

/**
 * Tells whether a text can be a tenant id under some rule. Where it enters a context, the module's own rule has the last
 * word; helpers that are used without the module do not know that rule.
 *
 * @param value - the text
 */
export function isPossibleTenantId(value: unknown): value is string {
  return value !== undefined && canonicalText(value) === value;
}

/**
 * Accepts a tenant id that travels as plain text. A comma is refused, because it is what several values look like once
 * they are joined: Node joins repeated headers so, and `KafkaParser` of `@nestjs/microservices` a header that is an array.
 *
 * @param value - the id
 * @param encoding - how the carrier transports it
 * @throws InvalidTenantIdError when it is not well formed, or would not arrive as it was sent
 */
export function parsePropagatedTenantId(value: unknown, encoding: CarrierEncoding): string {
  if (!isPossibleTenantId(value) || value.includes(',')) throw new InvalidTenantIdError();
  if (encoding === 'ascii' && !PRINTABLE_ASCII.test(value)) throw new InvalidTenantIdError();
  return value;
}
