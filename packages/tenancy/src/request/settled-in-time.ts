/** What {@link settledInTime} rejects with when it has waited long enough. */
export class LateError extends Error {
  /** @param timeoutMs - how long it waited, in milliseconds */
  constructor(timeoutMs: number) {
    super(`No answer within ${timeoutMs} ms`);
    this.name = 'LateError';
  }
}

/**
 * Waits for a promise, but not for ever.
 *
 * @param promise - the promise
 * @param timeoutMs - how long to wait, in milliseconds
 * @throws {@link LateError} when it takes longer, or whatever the promise rejects with
 */
export async function settledInTime<T>(promise: PromiseLike<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new LateError(timeoutMs)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
