import { expect, it, vi } from 'vitest';
import { jwtProof } from '../../src/jwt';
import { base } from './tokens';

vi.mock('@nestarc/core/nest', async (original) => ({
  ...(await original<object>()),
  requireOptionalPeer: () => undefined,
}));

it('jwtProof names the package to install when it is missing', () => {
  expect(() => jwtProof(base)).toThrow(
    expect.objectContaining({
      code: 'JOSE_MISSING',
      message: expect.stringContaining('npm install jose') as string,
    }) as Error,
  );
});
