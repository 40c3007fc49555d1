import { expect, it } from 'vitest';
// #region example
import { amendContext, createContext, currentContext, parseTenantId, runWithContext } from '@nestarc/core';

// At the edge: one immutable context per request.
const request = createContext({ requestId: 'req-1' });

export const seen = runWithContext(request, async () => {
  // A guard has verified the token.
  amendContext({ tenantId: parseTenantId('ACME'), actor: { id: 'user-7', type: 'user' } });
  await Promise.resolve();
  // Anywhere below, however deep and however late.
  return currentContext();
});
// #endregion example

it('follows the work that was started in it', async () => {
  expect(await seen).toMatchObject({ requestId: 'req-1', tenantId: 'acme', actor: { id: 'user-7' }, mode: 'tenant' });
  expect(currentContext()).toBeUndefined();
});
