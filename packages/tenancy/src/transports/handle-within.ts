import { bindContext } from '@nestarc/core';
import type { CallHandler } from '@nestjs/common';
import { Observable } from 'rxjs';

/**
 * Runs a handler, and what it returns, in a context: pipes, the method, the subscription to its Observable and the end of
 * that subscription.
 *
 * @param next - the handler
 * @param run - runs a function in the context; what it throws is an error of the Observable
 */
export function handleWithin(next: CallHandler, run: <T>(callback: () => T) => T): Observable<unknown> {
  return new Observable((subscriber) =>
    run(() => {
      // Nest binds the method to where handle() is called, and what the method returns to where it is subscribed to.
      // Handed over as it is, the subscriber would end the handler's subscription itself, wherever it is ended.
      const subscription = next.handle().subscribe({
        next: (value) => subscriber.next(value),
        error: (error) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
      return bindContext(() => subscription.unsubscribe());
    }),
  );
}
