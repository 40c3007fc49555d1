import { connect, createServer, type Socket } from 'node:net';
import { DelayLine } from './delay-line';
import type { DelayProxyOrder } from './delay-proxy';

// A program of its own, so that the measured process neither waits for the proxy nor pays for it.

function serve({ host, port, delayMs }: DelayProxyOrder): void {
  const line = new DelayLine(delayMs);
  const forward = (from: Socket, to: Socket): void => {
    from.on('data', (chunk) => line.push(() => to.write(chunk)));
    from.on('end', () => line.push(() => to.end()));
    from.on('error', () => to.destroy());
    from.on('close', () => line.push(() => to.destroy()));
  };
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const upstream = connect({ host, port, noDelay: true, allowHalfOpen: true });
    forward(client, upstream);
    forward(upstream, client);
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (typeof address === 'object' && address !== null) process.send?.(address.port);
  });
}

process.once('message', (order: DelayProxyOrder) => serve(order));
process.once('disconnect', () => process.exit());
