import type { Platform } from '@nestarc/testing';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { type Contender, requestHeaders } from './contenders';
import type { ServerMessage, ServerOrder } from './server.process';

/** A contender that is being served, in a process of its own. */
export class Server {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #headers = requestHeaders();

  private constructor(
    /** What it is served on. */
    readonly platform: Platform,
    /** Which it is. */
    readonly contender: Contender,
    private readonly child: ChildProcess,
    private readonly url: string,
  ) {}

  /**
   * Starts serving.
   *
   * @param platform - what it is served on
   * @param contender - which
   */
  static async start(platform: Platform, contender: Contender): Promise<Server> {
    const child = fork(join(__dirname, 'server.process.js'), [platform, contender]);
    const message = await answerOf(child);
    if (!('url' in message)) throw new Error('The server does not say where it is served');
    return new Server(platform, contender, child, `${message.url}/probe`);
  }

  /** Sends one request, over a connection that is kept. */
  request(): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = get(this.url, { agent: this.#agent, headers: this.#headers }, (response) => {
        response.resume();
        response.once('end', resolve);
        if (response.statusCode !== 200) reject(new Error(`${this.contender} answers ${response.statusCode}`));
      });
      request.once('error', reject);
    });
  }

  /**
   * Has the server do requests that come over no socket, and gives the processor time that each has cost, in microseconds.
   *
   * @param requests - how many
   */
  async cpuUs(requests: number): Promise<number> {
    const order: ServerOrder = { requests };
    this.child.send(order);
    const message = await answerOf(this.child);
    if (!('cpuUs' in message)) throw new Error('The server does not say what it has used');
    return message.cpuUs;
  }

  /** Stops serving. */
  async stop(): Promise<void> {
    this.#agent.destroy();
    const exit = once(this.child, 'exit');
    this.child.disconnect();
    await exit;
  }
}

async function answerOf(child: ChildProcess): Promise<ServerMessage> {
  const done = new AbortController();
  const failed = once(child, 'exit', done).then(() => Promise.reject(new Error('The server has ended')));
  try {
    const [message] = (await Promise.race([once(child, 'message', done), failed])) as [ServerMessage];
    return message;
  } finally {
    failed.catch(() => undefined);
    done.abort();
  }
}
