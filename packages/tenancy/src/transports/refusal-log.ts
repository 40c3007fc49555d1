import { Logger } from '@nestjs/common';

const WINDOW_MS = 1_000;

/**
 * Logs refused messages that nobody is told about. Senders decide how many there are: there is at most one line a second,
 * which says how many it stands for.
 */
export class RefusalLog {
  readonly #logger = new Logger('TenancyModule');
  #unsaid = 0;
  #silentUntil = 0;

  /**
   * Notes a refused message.
   *
   * @param code - why it is refused
   * @param handler - class and method it was for
   * @param now - the time in milliseconds. Defaults to that of the process
   */
  note(code: string, handler: string, now: number = performance.now()): void {
    if (now < this.#silentUntil) {
      this.#unsaid += 1;
      return;
    }
    const others = this.#unsaid === 0 ? '' : `, and ${this.#unsaid} more since the last line`;
    this.#logger.warn(`An event for ${handler} was refused: ${code}${others}; the handler did not run`);
    this.#unsaid = 0;
    this.#silentUntil = now + WINDOW_MS;
  }
}
