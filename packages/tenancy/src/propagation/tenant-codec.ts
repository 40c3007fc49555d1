import { currentContext, InvalidTenantIdError, TenantContextMissingError } from '@nestarc/core';
import { RepeatedHeaderError } from '../errors/repeated-header.error';
import { TenantCarrierConflictError } from '../errors/tenant-carrier-conflict.error';
import { TenantProofInvalidError } from '../errors/tenant-proof-invalid.error';
import { isLabel } from './envelope-payload';
import { type CarrierEncoding, parsePropagatedTenantId } from './propagated-tenant-id';
import type { TenantEnvelope } from './tenant-envelope';
import type { TenantSource } from './tenant-propagator';

/** How a transport carries the tenant. */
export interface TenantCodecOptions {
  /** Name the tenant goes by in the carrier. */
  readonly name: string;
  /** How the carrier transports text. */
  readonly encoding: CarrierEncoding;
  /** Signs, where it is configured. */
  readonly envelope?: TenantEnvelope | undefined;
  /** What envelopes are sealed for. */
  readonly purpose: string;
  /** Whether it is an error to have no tenant. */
  readonly required: boolean;
}

/** Keeps the byte order mark, which would make two texts of one. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Turns the current tenant into the text that a carrier holds, and that text into a tenant. */
export class TenantCodec {
  readonly #source: TenantSource;
  readonly #options: TenantCodecOptions;

  constructor(source: TenantSource, options: TenantCodecOptions) {
    this.#source = source;
    this.#options = options;
  }

  /**
   * Gives the current tenant.
   *
   * @throws TenantContextMissingError when there must be one and there is none
   * @throws InvalidTenantIdError when its id would not arrive as it is sent
   */
  current(): string | undefined {
    const tenantId = this.#source.getTenantId();
    if (tenantId !== null && tenantId !== undefined && tenantId !== '') return this.#plain(tenantId);
    if (this.#options.required) throw new TenantContextMissingError();
    return undefined;
  }

  /**
   * Makes the text for the carrier. An envelope tells the actor and the request, too, as far as they are this tenant's.
   *
   * @param tenantId - the tenant
   */
  encode(tenantId: string): string {
    const { envelope, purpose } = this.#options;
    if (envelope === undefined) return tenantId;
    const context = currentContext();
    if (context?.tenantId !== tenantId) return envelope.seal({ tenantId }, purpose);
    const actor = context.actor && { type: context.actor.type, id: context.actor.id };
    // Ids of requests may come from outside: one that cannot be carried is left out, and does not stop the request.
    const requestId = isLabel(context.requestId) ? context.requestId : undefined;
    return envelope.seal({ tenantId, actor, requestId }, purpose);
  }

  /**
   * Reads the tenant from the values a carrier holds under its name.
   *
   * @param values - all of them
   * @returns the tenant, or `null` when there is no value, or an empty one
   * @throws RepeatedHeaderError when there are several
   * @throws InvalidTenantIdError when the value is not a well-formed id
   * @throws TenantProofInvalidError when it must be an envelope and is none, or a bad one
   */
  decode(values: readonly unknown[]): string | null {
    const [value, ...others] = values.filter((one) => one !== undefined && one !== null);
    if (others.length > 0) throw new RepeatedHeaderError(this.#options.name);
    const text = value === undefined ? '' : asText(value);
    if (text === '') return null;
    const { envelope, purpose } = this.#options;
    if (envelope === undefined) return this.#plain(text);
    if (text === undefined) throw new TenantProofInvalidError(new Error('What the message carries is not a text'));
    return envelope.open(text, purpose).tenantId;
  }

  /**
   * Makes sure that a carrier which is about to be sent names no tenant but the current one. Without a tenant it may name
   * none at all: what is sent from a public route may have been made from what a stranger has posted there.
   *
   * @param values - what it holds
   * @param tenantId - the current tenant
   * @throws TenantCarrierConflictError when it names another tenant, or something that is none
   */
  checkSame(values: readonly unknown[], tenantId: string | undefined): void {
    const carried = this.#read(values);
    if (carried !== null && carried !== tenantId) throw new TenantCarrierConflictError();
  }

  #read(values: readonly unknown[]): string | null {
    try {
      return this.decode(values);
    } catch (error) {
      throw new TenantCarrierConflictError(error);
    }
  }

  #plain(tenantId: unknown): string {
    const { envelope, encoding } = this.#options;
    if (envelope === undefined) return parsePropagatedTenantId(tenantId, encoding);
    if (typeof tenantId !== 'string') throw new InvalidTenantIdError();
    return tenantId;
  }
}

/**
 * Gives the text of a value, or `undefined` when it is not text. Numbers and objects are not turned into text: `["a"]` is
 * not the tenant `a`.
 *
 * @param value - the value
 */
export function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!(value instanceof Uint8Array)) return undefined;
  try {
    return utf8.decode(value);
  } catch {
    return undefined;
  }
}
