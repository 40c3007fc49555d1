/** A server that can be stopped with or without waiting. */
export interface Stoppable {
  /** Tells the server to shut down and returns at once. */
  beginStop(): void;
  /** Shuts the server down and waits. */
  stop(): Promise<void>;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Stops a server when this process ends, however it ends (short of SIGKILL).
 *
 * A signal that nobody else handles stops the server and then ends the process as it would have without us. When the
 * application handles it, the server keeps running while the application closes down and is told to stop when the
 * process exits; it leads a session of its own and finishes alone.
 *
 * @param server - the server
 * @returns a function that takes the handlers off again
 */
export function stopOnExit(server: Stoppable): () => void {
  const onExit = (): void => server.beginStop();
  const onSignal = (signal: NodeJS.Signals): void => {
    if (process.listenerCount(signal) > 1) return;
    void server.stop().finally(() => {
      remove();
      process.kill(process.pid, signal);
    });
  };
  const remove = (): void => {
    process.off('exit', onExit);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  process.on('exit', onExit);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return remove;
}
