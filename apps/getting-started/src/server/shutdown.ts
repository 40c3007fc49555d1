const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** How often it is checked whether npm still runs, in milliseconds. */
const PARENT_POLL_MS = 500;

/**
 * Listens for requests to shut down. They may come more than once: Ctrl-C reaches this process from the terminal and
 * again from npm.
 *
 * @returns a signal that is aborted by the first of them
 */
export function listenForShutdown(): AbortSignal {
  const controller = new AbortController();
  for (const signal of SIGNALS) process.on(signal, () => controller.abort());
  if (process.env['npm_lifecycle_event'] !== undefined) abortWithParent(controller);
  return controller.signal;
}

/**
 * Waits until a signal is aborted.
 *
 * @param signal - what to wait for
 */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

/** The shell between npm and this process dies of SIGTERM without handing it on. */
function abortWithParent(controller: AbortController): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    controller.abort();
  }, PARENT_POLL_MS);
  timer.unref();
}
