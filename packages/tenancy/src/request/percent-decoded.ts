import { InvalidTenantIdError } from '@nestarc/core';

/**
 * Decodes the percent-encoding of a tenant id.
 *
 * @param text - the id as it was sent
 * @throws InvalidTenantIdError when the encoding is broken
 */
export function percentDecoded(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new InvalidTenantIdError();
  }
}
