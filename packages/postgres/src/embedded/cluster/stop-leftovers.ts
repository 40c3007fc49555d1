import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedPostgresError } from '../embedded-postgres.error';
import { listServerProcesses } from '../process/server-processes';
import type { ClusterLayout } from './cluster-layout';

/** How often the process table is read while waiting, in milliseconds. */
const POLL_MS = 50;

/** What is tried, in this order, and for how long. Backends without a postmaster notice it and leave by themselves. */
const STEPS: readonly {
  readonly signal: NodeJS.Signals;
  readonly to: 'postmaster' | 'all';
  readonly waitMs: number;
}[] = [
  { signal: 'SIGINT', to: 'postmaster', waitMs: 10_000 },
  { signal: 'SIGQUIT', to: 'all', waitMs: 5_000 },
  { signal: 'SIGKILL', to: 'all', waitMs: 5_000 },
];

/**
 * Clears what a killed server or a killed owner left behind: stops the processes of this data directory, waits until the
 * last has gone, and removes `postmaster.pid`, whose pid may by now belong to a stranger.
 *
 * Call it with the directory's lock held: then whatever still runs there has lost its owner.
 *
 * @param layout - whose leftovers
 * @throws {@link EmbeddedPostgresError} when a process does not go away
 */
export async function stopLeftovers(layout: ClusterLayout): Promise<void> {
  for (const step of STEPS) {
    const leftovers = listServerProcesses(layout);
    if (leftovers.length === 0) break;
    for (const { pid, kind } of leftovers) {
      if (step.to === 'all' || kind === 'postmaster') signalProcess(pid, step.signal);
    }
    const hasPostmaster = leftovers.some(({ kind }) => kind === 'postmaster');
    await waitUntilGone(layout, hasPostmaster ? step.waitMs : Math.min(step.waitMs, 3_000));
  }
  const remaining = listServerProcesses(layout);
  if (remaining.length > 0) {
    throw new EmbeddedPostgresError(
      'EMBEDDED_POSTGRES_FAILED',
      `PostgreSQL processes of ${layout.root} cannot be stopped: ${remaining.map(({ pid }) => pid).join(', ')}`,
    );
  }
  await rm(layout.postmasterFile, { force: true });
}

async function waitUntilGone(layout: ClusterLayout, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline && listServerProcesses(layout).length > 0) await sleep(POLL_MS);
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
