import { findProgram, ProgramMissingError } from '@nestarc/testing';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A running server of NATS. */
export interface NatsServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Ends the server when the pipe from this process ends, which it does however this process ends. */
const SUPERVISOR = `
exec 3<&0
"$1" -a 127.0.0.1 -p "$2" 3<&- & server=$!
(cat <&3 >/dev/null; kill -9 $server) &
wait $server
`;

/** Starts the server of the system on a free port of 127.0.0.1; without JetStream it writes no files. */
export async function startNats(): Promise<NatsServer> {
  const program = findProgram('nats-server');
  if (program === undefined) throw new ProgramMissingError('nats-server');
  const port = await freePort();
  const child = spawn('/bin/sh', ['-c', SUPERVISOR, 'sh', program, String(port)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const exited = once(child, 'exit');
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error('nats-server did not start');
    await sleep(10);
  }
  return {
    url: `nats://127.0.0.1:${port}`,
    async stop() {
      child.stdin.end();
      await exited;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise((resolve) => {
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
