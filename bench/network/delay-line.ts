import { performance } from 'node:perf_hooks';

/** Timers know whole milliseconds: what is due within half of one goes now, so that early and late even out. */
const TOLERANCE_MS = 0.5;
const TICK_MS = 1;

interface Delivery {
  readonly dueAt: number;
  readonly deliver: () => void;
}

/**
 * Delivers everything it is given a fixed time later, in order. Like a long cable, it delays and does not throttle: what
 * follows closely arrives closely, because each delivery has a deadline of its own and waits for no other.
 */
export class DelayLine {
  readonly #delayMs: number;
  readonly #waiting: Delivery[] = [];
  #ticking = false;

  /** @param delayMs - how much later, in milliseconds */
  constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  /**
   * Takes something to deliver.
   *
   * @param deliver - delivers it
   */
  push(deliver: () => void): void {
    this.#waiting.push({ dueAt: performance.now() + this.#delayMs, deliver });
    this.#tick();
  }

  #tick(): void {
    if (this.#ticking) return;
    this.#ticking = true;
    setTimeout(() => {
      this.#ticking = false;
      this.#deliverDue();
      if (this.#waiting.length > 0) this.#tick();
    }, TICK_MS);
  }

  #deliverDue(): void {
    const due = performance.now() + TOLERANCE_MS;
    const next = this.#waiting.findIndex(({ dueAt }) => dueAt > due);
    const count = next === -1 ? this.#waiting.length : next;
    for (const { deliver } of this.#waiting.splice(0, count)) deliver();
  }
}
