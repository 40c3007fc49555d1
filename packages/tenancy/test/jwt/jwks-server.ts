import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the server answers: with its keys, a failure, something else than keys, never, or by stopping half way. */
export type Mood = 'well' | 'failing' | 'confused' | 'redirecting' | 'silent' | 'stalling';

/** An identity provider, as far as the publication of its keys goes. */
export class JwksServer implements AsyncDisposable {
  keys: object[] = [];
  mood: Mood = 'well';
  /** Path of every request there was. */
  readonly requests: string[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.requests.push(request.url ?? '');
      const keys = JSON.stringify({ keys: this.keys });
      if (this.mood === 'silent') return;
      if (this.mood === 'stalling') {
        response.writeHead(200, { 'content-type': 'application/json' }).write(keys.slice(0, 5));
        return;
      }
      if (this.mood === 'redirecting') response.writeHead(302, { location: '/elsewhere' });
      if (this.mood === 'failing') response.statusCode = 500;
      response.end(this.mood === 'confused' ? '<html>sign in</html>' : keys);
    });
  }

  static async start(): Promise<JwksServer> {
    const started = new JwksServer();
    started.#server.listen(0, '127.0.0.1');
    await once(started.#server, 'listening');
    return started;
  }

  get uri(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/keys`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    if (this.#server.listening) await once(this.#server, 'close');
  }
}
