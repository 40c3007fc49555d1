import { closeSync, openSync, readSync, renameSync, statSync } from 'node:fs';

/** A log larger than this, in bytes, is set aside at the next start. */
const MAX_LOG_BYTES = 5_000_000;
/** How often new lines are looked for, in milliseconds. */
const POLL_MS = 100;

/**
 * The server's log file, from the moment it was opened.
 *
 * The server writes to the file itself, not to a pipe: it must be able to log when this process is busy or gone.
 */
export class ServerLog {
  /** Handed to the server as its standard output and error. */
  readonly descriptor: number;
  readonly #file: string;
  readonly #onLine: ((line: string) => void) | undefined;
  readonly #start: number;
  readonly #timer: NodeJS.Timeout | undefined;
  #position: number;
  #rest = '';

  /**
   * @param file - appended to, created when absent
   * @param onLine - called with each new line; without it the file is not followed
   */
  constructor(file: string, onLine?: (line: string) => void) {
    if (sizeOf(file) > MAX_LOG_BYTES) renameSync(file, `${file}.1`);
    this.descriptor = openSync(file, 'a', 0o600);
    this.#file = file;
    this.#onLine = onLine;
    this.#start = sizeOf(file);
    this.#position = this.#start;
    if (onLine) this.#timer = setInterval(() => this.#deliver(), POLL_MS).unref();
  }

  /** Everything written since the log was opened. */
  read(): string {
    return readRange(this.#file, this.#start);
  }

  /** Delivers what is left and stops following. */
  close(): void {
    clearInterval(this.#timer);
    if (this.#onLine) this.#deliver();
    closeSync(this.descriptor);
  }

  #deliver(): void {
    const text = readRange(this.#file, this.#position);
    this.#position += Buffer.byteLength(text);
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#onLine?.(line);
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function readRange(file: string, from: number): string {
  const length = sizeOf(file) - from;
  if (length <= 0) return '';
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(length);
    return buffer.subarray(0, readSync(descriptor, buffer, 0, length, from)).toString('utf8');
  } finally {
    closeSync(descriptor);
  }
}
