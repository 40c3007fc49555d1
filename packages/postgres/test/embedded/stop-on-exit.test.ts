import { afterAll, expect, test } from 'vitest';
import { serverPids, untilGone } from './fixture/process-list';
import { spawnServer, type ChildOptions, type ServerChild } from './fixture/server-child';
import { initialisedFolder, removeTemplate } from './fixture/temporary-folder';

afterAll(removeTemplate);

async function runningChild(options: ChildOptions): Promise<ServerChild> {
  const child = spawnServer({ durable: false, ...options });
  await child.report;
  return child;
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s stops the server and then ends the process', async (signal) => {
  await using folder = await initialisedFolder();
  const child = await runningChild({ dataDirectory: folder.path, stopOnExit: true });
  expect(await child.kill(signal)).toBe(signal);
  expect(serverPids(folder.path)).toEqual([]);
});

test('an application that handles the signal keeps its server until it exits', async () => {
  await using folder = await initialisedFolder();
  const child = await runningChild({ dataDirectory: folder.path, stopOnExit: true, handleSignals: true });
  expect(await child.kill('SIGTERM')).toBe(7);
  expect(await untilGone(folder.path)).toEqual([]);
});

test('an uncaught error stops the server', async () => {
  await using folder = await initialisedFolder();
  const child = await runningChild({ dataDirectory: folder.path, stopOnExit: true, crash: true });
  expect(await child.exited).toBe(1);
  expect(await untilGone(folder.path)).toEqual([]);
});

test('without the option the process keeps its own way of dying, and the next start cleans up', async () => {
  await using folder = await initialisedFolder();
  const child = await runningChild({ dataDirectory: folder.path });
  expect(await child.kill('SIGTERM')).toBe('SIGTERM');
  expect(serverPids(folder.path)).not.toEqual([]);
  const next = await runningChild({ dataDirectory: folder.path });
  next.process.stdin?.end('stop');
  expect(await next.exited).toBe(0);
  expect(serverPids(folder.path)).toEqual([]);
});
