import 'reflect-metadata';
import { type Platform, serveOn } from '@nestarc/testing';
import type { Server } from 'node:http';
import { type Contender, moduleOf } from './contenders';

/** What the parent is told: where the contender is served, or how much processor time it has used so far. */
export type ServerMessage = { readonly url: string } | { readonly cpuMs: number };

const [platform, contender] = process.argv.slice(2) as [Platform, Contender];

async function serve(): Promise<void> {
  const app = await serveOn(platform, moduleOf(contender));
  // Connections are kept while the others have their turn.
  (app.app.getHttpServer() as Server).keepAliveTimeout = 0;
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    tell({ cpuMs: (user + system) / 1000 });
  });
  process.once('disconnect', () => void app.close());
  tell({ url: app.url });
}

function tell(message: ServerMessage): void {
  process.send?.(message);
}

void serve();
