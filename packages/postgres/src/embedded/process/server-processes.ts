import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import type { ClusterLayout } from '../cluster/cluster-layout';
import { processIdentity } from './process-identity';

/** A running process of one cluster. */
export interface ServerProcess {
  readonly pid: number;
  /** The postmaster is the parent of all others. */
  readonly kind: 'postmaster' | 'backend';
}

interface CommandLine {
  readonly pid: number;
  readonly text: string;
}

/**
 * Lists the running PostgreSQL processes of one data directory and of no other.
 *
 * Command lines are read rather than working directories, because root in a container is not allowed to see those of
 * another account: the postmaster carries `-D <data directory>`, its children the cluster name in their title.
 *
 * @param layout - whose processes
 */
export function listServerProcesses(layout: ClusterLayout): readonly ServerProcess[] {
  const commands = process.platform === 'linux' ? readProc() : readPs();
  return commands.flatMap(({ pid, text }) => {
    const kind = classify(text, layout);
    // A killed process whose parent has not noticed yet holds nothing any more.
    return kind && processIdentity(pid) !== undefined ? [{ pid, kind }] : [];
  });
}

function classify(command: string, layout: ClusterLayout): ServerProcess['kind'] | undefined {
  if (command.startsWith(`postgres: ${layout.clusterName}: `)) return 'backend';
  const [program, rest] = splitOnce(command, ' -D ');
  const isServer = program.endsWith('/postgres') && (rest === layout.data || rest.startsWith(`${layout.data} `));
  return isServer ? 'postmaster' : undefined;
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}

function readProc(): readonly CommandLine[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      const text = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trimEnd();
      return text === '' ? [] : [{ pid: Number(pid), text }];
    } catch {
      return [];
    }
  });
}

function readPs(): readonly CommandLine[] {
  const lines = execFileSync('ps', ['-axww', '-o', 'pid=,command='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const match = /^\s*(\d+)\s+(.*?)\s*$/.exec(line);
    return match?.[1] && match[2] ? [{ pid: Number(match[1]), text: match[2] }] : [];
  });
}
