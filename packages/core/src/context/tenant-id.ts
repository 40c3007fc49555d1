import { NestarcError } from '../errors/nestarc.error';

declare const brand: unique symbol;

/** A canonical tenant id: what {@link parseTenantId} returned. */
export type TenantId = string & { readonly [brand]: 'TenantId' };

/** Letters, digits, `_` and `-`, starting with a letter or digit, at most 63: fits a DNS label and a PostgreSQL name. */
const TENANT_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

/** Thrown for a tenant id that is not well formed; the message never repeats the id, which may be hostile. */
export class InvalidTenantIdError extends NestarcError {
  constructor(message = 'Invalid tenant ID format') {
    super(message, { code: 'TENANT_ID_INVALID', status: 400 });
  }
}

/**
 * Turns text into a canonical tenant id: one to 63 letters, digits, `_` or `-` (a UUID is such a text), folded to lower
 * case so that `ACME` and `acme` can never become two tenants.
 *
 * @param value - the candidate, from wherever it came
 * @throws {@link InvalidTenantIdError} when the candidate is not a well-formed id
 */
export function parseTenantId(value: unknown): TenantId {
  if (typeof value !== 'string' || !TENANT_ID.test(value)) throw new InvalidTenantIdError();
  return value.toLowerCase() as TenantId;
}
