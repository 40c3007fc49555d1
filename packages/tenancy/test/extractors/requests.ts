import { connect } from 'node:net';
import type { TenancyRequest } from '../../src';

/** A request as Node gives it, before any platform looked at it. */
export function rawRequest(headers: readonly (readonly [name: string, value: string])[]): TenancyRequest {
  return {
    headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
    rawHeaders: headers.flat(),
  };
}

/** A request for a host. */
export const hosted = (host: string): TenancyRequest => rawRequest([['Host', host]]);

/** A request with a bearer token. */
export const bearing = (token: string): TenancyRequest => rawRequest([['Authorization', `Bearer ${token}`]]);

/** What a server answered. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/**
 * Sends bytes that no client library lets through, and reads the answer.
 *
 * @param url - the server
 * @param head - request line and headers, without the blank line; a connection is used once
 */
export async function send(url: string, head: string): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const text = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(Buffer.from(`${head}\r\nConnection: close\r\n\r\n`, 'latin1'));
    });
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    socket.on('close', () => resolve(received));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // The server refused a header that was still being sent.
      if (error.code === 'EPIPE' || error.code === 'ECONNRESET') resolve(received);
      else reject(error);
    });
  });
  const [, status = '0'] = /^HTTP\/1\.1 (\d+)/.exec(text) ?? [];
  return { status: Number(status), body: text.slice(text.indexOf('\r\n\r\n') + 4) };
}
