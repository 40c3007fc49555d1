import { randomBytes } from 'node:crypto';
import { createTenantEnvelope, type TenantEnvelope } from '../../src/propagation/tenant-envelope';

/** A message as the server for Kafka hands it to handlers. */
export const kafkaMessage = (headers: Record<string, unknown>): object => ({
  key: null,
  value: {},
  headers,
  offset: '0',
  timestamp: '0',
});

/** The part of the metadata of gRPC that tenants are read from. */
export class Metadata {
  readonly #values: readonly string[];

  constructor(values: readonly string[]) {
    this.#values = values;
  }

  get(key: string): readonly string[] {
    return key === 'x-tenant-id' ? this.#values : [];
  }

  getMap(): Record<string, string> {
    return this.#values[0] === undefined ? {} : { 'x-tenant-id': this.#values[0] };
  }
}

/** An envelope, and one of somebody who knows the name of the key and not the key. */
export function createPropagatingEnvelope(): { envelope: TenantEnvelope; forger: TenantEnvelope } {
  const make = (): TenantEnvelope => createTenantEnvelope({ keys: [{ id: 'k', secret: randomBytes(32) }] });
  return { envelope: make(), forger: make() };
}
