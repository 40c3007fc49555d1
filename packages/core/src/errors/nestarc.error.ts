/** The brand is registered globally, so that an error made by another copy of this package is still recognised. */
const BRAND = Symbol.for('@nestarc/core:error');

/** What a {@link NestarcError} carries besides its message. */
export interface NestarcErrorDetails {
  /** Stable, documented, upper-case identifier; programs branch on it, never on the message. */
  readonly code: string;
  /** HTTP status the error stands for. Defaults to 500. */
  readonly status?: number | undefined;
  /** The error that led to this one. */
  readonly cause?: unknown;
}

/**
 * Base class of every error the nestarc packages throw.
 *
 * `instanceof NestarcError` and {@link isNestarcError} go by brand, not by class identity: two installed copies of this
 * package recognise each other's errors.
 */
export class NestarcError extends Error {
  /** Stable, upper-case identifier. */
  readonly code: string;
  /** HTTP status the error stands for. */
  readonly status: number;

  constructor(message: string, details: NestarcErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = details.code;
    this.status = details.status ?? 500;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /**
   * Recognises errors by brand for the base class and by prototype for subclasses.
   *
   * @param value - anything that was thrown
   */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return this === NestarcError ? isNestarcError(value) : Function.prototype[Symbol.hasInstance].call(this, value);
  }
}

/**
 * Tells whether a thrown value is a nestarc error, whichever copy of the package made it.
 *
 * @param value - anything that was thrown
 */
export function isNestarcError(value: unknown): value is NestarcError {
  return typeof value === 'object' && value !== null && BRAND in value;
}
