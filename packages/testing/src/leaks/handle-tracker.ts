import { AsyncLocalStorage, createHook } from 'node:async_hooks';
import type { Leak } from './leak';

/** What keeps a process alive, by the names of Node's async hooks. Everything else is memory, which is collected. */
const KINDS: Readonly<Record<string, string>> = Object.freeze({
  Timeout: 'timer',
  TCPWRAP: 'socket',
  TCPSERVERWRAP: 'server',
  PIPEWRAP: 'pipe',
  PIPESERVERWRAP: 'pipe server',
  UDPWRAP: 'UDP socket',
  PROCESSWRAP: 'child process',
  FSEVENTWRAP: 'file watcher',
  STATWATCHER: 'file watcher',
  SIGNALWRAP: 'signal handler',
  WORKER: 'worker',
});

/** Deep enough to come out of Node and of a driver into the program that called them. */
const STACK_DEPTH = 30;

interface Tracked {
  readonly what: string;
  readonly resource: WeakRef<Handle>;
  readonly stack: string;
}

/** A timer or a handle of Node. */
export interface Handle {
  hasRef?(): boolean;
  getpeername?(out: Address): number;
  getsockname?(out: Address): number;
}

interface Address {
  address?: string;
  port?: number;
}

/**
 * Watches what work, and everything it starts, opens. `process.getActiveResourcesInfo()` would only count, and count what
 * the test runner opens meanwhile; async hooks tell whose a resource is and where it was made.
 */
export class HandleTracker {
  readonly #scope = new AsyncLocalStorage<HandleTracker>();
  readonly #tracked = new Map<number, Tracked>();
  readonly #hook = createHook({
    init: (id, type, _trigger, resource) => {
      const what = KINDS[type];
      if (what === undefined || this.#scope.getStore() !== this) return;
      this.#tracked.set(id, { what, resource: new WeakRef(resource), stack: stackHere() });
    },
    destroy: (id) => void this.#tracked.delete(id),
  });

  /** Starts to watch. */
  start(): void {
    this.#hook.enable();
  }

  /** Stops watching. */
  stop(): void {
    this.#hook.disable();
  }

  /**
   * Runs work that is watched.
   *
   * @param work - the work
   */
  run<T>(work: () => T): T {
    return this.#scope.run(this, work);
  }

  /**
   * What is open now. A resource without a reference does not keep the process alive and does not count.
   *
   * @param isExpected - tells whether a resource may stay open
   */
  open(isExpected: (handle: Handle, stack: string) => boolean): readonly Leak[] {
    return [...this.#tracked.values()].flatMap(({ what, resource, stack }) => {
      const handle = resource.deref();
      if (handle?.hasRef?.() !== true || isExpected(handle, stack)) return [];
      const kind = what === 'timer' ? 'timer' : 'handle';
      return [
        { kind, message: `${kind === 'timer' ? '' : what}${addressOf(handle)}${placeOf(stack)}`.trim() } as const,
      ];
    });
  }
}

function stackHere(): string {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = STACK_DEPTH;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  return stack;
}

function addressOf(handle: Handle): string {
  const address: Address = {};
  if (handle.getpeername?.(address) === 0) return ` to ${address.address}:${address.port}`;
  if (handle.getsockname?.(address) === 0) return ` on ${address.address}:${address.port}`;
  return '';
}

/** The innermost frame that belongs neither to Node, nor to an installed package, nor to this file. */
function placeOf(stack: string): string {
  const frames = stack.split('\n').slice(1);
  const own = frames.find((frame) => !/node:|node_modules|<anonymous>/.test(frame) && !frame.includes(__filename));
  return own === undefined ? '' : ` made ${own.trim()}`;
}
