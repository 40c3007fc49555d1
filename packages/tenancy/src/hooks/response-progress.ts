import type { EventEmitter } from 'node:events';

/** A response of Node. */
export interface RawResponse extends Pick<EventEmitter, 'once' | 'off'> {
  /** Whether an answer has begun. */
  readonly headersSent: boolean;
  /** Whether the connection is gone. */
  readonly destroyed?: boolean;
}

/**
 * Tells whether there is nothing left to begin: the answer is on its way, or nobody is there to take it.
 *
 * @param response - the response
 */
export function hasBegun(response: RawResponse): boolean {
  return response.headersSent || response.destroyed === true;
}

/** Node does not tell when headers leave, only when all has left. */
const LOOK_EVERY_MS = 5;

/**
 * Waits until the answer has begun.
 *
 * @param response - the response
 * @param timeoutMs - how long to wait at most, in milliseconds
 */
export async function untilBegun(response: RawResponse, timeoutMs: number): Promise<void> {
  if (hasBegun(response)) return;
  await new Promise<void>((resolve) => {
    const deadline = performance.now() + timeoutMs;
    const timer = setInterval(() => {
      if (hasBegun(response) || performance.now() >= deadline) end();
    }, LOOK_EVERY_MS);
    const end = (): void => {
      clearInterval(timer);
      response.off('close', end);
      resolve();
    };
    response.once('close', end);
  });
}
