import { InvalidOptionsError } from '@nestarc/core';
import type { ClientInternals } from './client-internals';

/**
 * Refuses the operations of a client that was connected before it was attached: its connections are not those of our pool,
 * and nobody has looked at the role behind them. Whether a client is connected can only be told by connecting it.
 *
 * @param client - internals of the client
 * @param hasConnected - tells whether the client has connected through our pool
 */
export function refuseConnectedClient(client: ClientInternals, hasConnected: () => boolean): void {
  const execute = client._executeRequest;
  client._executeRequest = function (request) {
    if (hasConnected()) return execute.call(this, request);
    return client._engine.start().then(() => {
      if (hasConnected()) return execute.call(this, request);
      const message = 'was connected before it was attached; attach it first, and connect it then';
      throw new InvalidOptionsError('attachContext', [{ path: 'client', message }]);
    });
  };
}
