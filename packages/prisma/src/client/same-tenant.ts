import type { RequestContext } from '@nestarc/core';

/**
 * Tells whether two operations see the same rows. Outside of any context is the same as in one that knows no tenant.
 *
 * @param a - the context of one
 * @param b - the context of the other
 */
export const isSameTenant = (a: RequestContext | undefined, b: RequestContext | undefined): boolean =>
  a?.tenantId === b?.tenantId && (a?.mode ?? 'tenant') === (b?.mode ?? 'tenant');
