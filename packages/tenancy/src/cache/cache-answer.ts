import { StreamableFile } from '@nestjs/common';
import { Observable, tap } from 'rxjs';

/** The part of a response that tells whether its body may be given to others. */
export interface ResponseLike {
  /** Status as it stands. */
  readonly statusCode?: number;
}

/**
 * Tells whether an answer can be given again: a hit has the status of the route and no headers of its own, so an answer
 * that says anything but success is not kept, nor is what can be read only once, nor what the handler has sent by itself.
 *
 * @param value - what the handler returned
 * @param response - the response, for HTTP
 */
export function isStorable(value: unknown, response: ResponseLike | undefined): boolean {
  if (value === undefined || value === null || value instanceof StreamableFile || isReadable(value)) return false;
  const { statusCode } = response ?? {};
  return statusCode === undefined || (statusCode >= 200 && statusCode < 300);
}

/**
 * Hands on what a handler gives, and passes it to a callback when it was exactly one value: one of a stream of events is
 * not the answer.
 *
 * @param source - what the handler gives
 * @param keep - called with the value, once the handler is done
 */
export function keepSingle(source: Observable<unknown>, keep: (value: unknown) => void): Observable<unknown> {
  return new Observable((subscriber) => {
    let count = 0;
    let last: unknown;
    const observer = {
      next: (value: unknown) => {
        count += 1;
        last = value;
      },
      complete: () => {
        if (count === 1) keep(last);
      },
    };
    return source.pipe(tap(observer)).subscribe(subscriber);
  });
}

function isReadable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof (value as { pipe?: unknown }).pipe === 'function';
}
