import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** What the process of a delay proxy is told. */
export interface DelayProxyOrder {
  /** Host of the server. */
  readonly host: string;
  /** Port of the server. */
  readonly port: number;
  /** Delay in each direction, in milliseconds. */
  readonly delayMs: number;
}

/** A network that takes its time, between clients and a server. */
export interface DelayProxy extends Disposable {
  /**
   * Leads a connection string through the proxy.
   *
   * @param url - connection string of the server
   */
  through(url: string): string;
}

/**
 * Starts a TCP proxy that delays, in a process of its own.
 *
 * @param url - connection string of the server
 * @param delayMs - delay in each direction, in milliseconds
 * @throws Error when the process ends instead of listening
 */
export async function startDelayProxy(url: string, delayMs: number): Promise<DelayProxy> {
  const { hostname, port } = new URL(url);
  const child = fork(join(__dirname, 'delay-proxy.process.js'), { execArgv: [] });
  const order: DelayProxyOrder = { host: hostname, port: Number(port || '5432'), delayMs };
  child.send(order);
  const ended = once(child, 'exit').then(() => {
    throw new Error('The delay proxy did not start');
  });
  const [listening] = (await Promise.race([once(child, 'message'), ended])) as [number];
  ended.catch(() => undefined);
  return {
    through: (direct) => {
      const proxied = new URL(direct);
      proxied.hostname = '127.0.0.1';
      proxied.port = String(listening);
      return proxied.href;
    },
    [Symbol.dispose]: () => child.disconnect(),
  };
}
