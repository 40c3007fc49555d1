import type { Actor } from '@nestarc/core';

/** What an envelope tells. */
export interface TenantEnvelopeContent {
  /** The tenant. */
  readonly tenantId: string;
  /** Who acts. */
  readonly actor?: Actor | undefined;
  /** Identifier of the request that led to the message. */
  readonly requestId?: string | undefined;
}
