import 'reflect-metadata';
import { type Platform, serveOn } from '@nestarc/testing';
import inject from 'light-my-request';
import type { Server } from 'node:http';
import { type Contender, moduleOf, requestHeaders } from './contenders';

/** What the parent is told: where the contender is served, or what a request has cost. */
export type ServerMessage = { readonly url: string } | { readonly cpuUs: number };

/** What the parent asks for: to do so many requests without a socket, one after the other. */
export interface ServerOrder {
  /** How many. */
  readonly requests: number;
}

const [platform, contender] = process.argv.slice(2) as [Platform, Contender];

async function serve(): Promise<void> {
  const app = await serveOn(platform, moduleOf(contender));
  const server = app.app.getHttpServer() as Server;
  // Connections are kept while the others have their turn.
  server.keepAliveTimeout = 0;
  process.on('message', (order: ServerOrder) => void work(server, order).then((cpuUs) => tell({ cpuUs })));
  process.once('disconnect', () => void app.close());
  tell({ url: app.url });
}

/** Hands requests to the server as Node's parser would, and counts the processor time of the process. */
async function work(server: Server, { requests }: ServerOrder): Promise<number> {
  const headers = requestHeaders();
  const before = process.cpuUsage();
  for (let count = 0; count < requests; count++) {
    const { statusCode } = await inject((request, response) => void server.emit('request', request, response), {
      url: '/probe',
      headers,
    });
    if (statusCode !== 200) throw new Error(`${contender} answers ${statusCode}`);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / requests;
}

function tell(message: ServerMessage): void {
  process.send?.(message);
}

void serve();
