import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Observable, takeWhile } from 'rxjs';
import { CommitFailedError } from '../transaction/commit-failed.error';
import { isSerializationFailure } from '../transaction/serialization-retry';
import { TransactionHost } from '../transaction/transaction-host';
import type { TransactionOptions } from '../transaction/transaction-options';
import { RequestAbandonedError } from './request-abandoned.error';
import type { RequestTransactionOptions } from './request-transaction.options';
import { NO_REQUEST_TRANSACTION, REQUEST_TRANSACTION, REQUEST_TRANSACTION_OPTIONS } from './request-transaction.tokens';
import { routeKind } from './route-kind';
import { UnsupportedRouteError } from './unsupported-route.error';

/**
 * Runs the handler of an HTTP request in a transaction, in the context the guards have settled, and commits before the
 * response is sent: a failed COMMIT is the response, and what the handler throws rolls back. Register it under
 * `APP_INTERCEPTOR` for all routes, or put `@RequestTransaction()` on controllers or handlers.
 */
@Injectable()
export class RequestTransactionInterceptor implements NestInterceptor {
  constructor(
    private readonly host: TransactionHost,
    private readonly reflector: Reflector,
    @Inject(REQUEST_TRANSACTION_OPTIONS) private readonly options: RequestTransactionOptions,
  ) {}

  /**
   * Runs the handler.
   *
   * @param execution - what Nest is about to run; without a transaction unless it is an HTTP request
   * @param next - runs it
   * @throws UnsupportedRouteError for a handler that sends the response itself
   */
  intercept(execution: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    if (execution.getType() !== 'http' || this.#isExempt(execution)) return next.handle();
    const controller = execution.getClass();
    const handler = execution.getHandler() as () => unknown;
    switch (routeKind(controller, handler)) {
      case 'stream':
        return next.handle();
      case 'own':
        throw new UnsupportedRouteError([`${controller.name}.${handler.name}`]);
      case 'value':
        return inTransaction(this.host, this.#optionsFor(execution), next);
    }
  }

  #isExempt(execution: ExecutionContext): boolean {
    const targets = [execution.getHandler(), execution.getClass()];
    return this.reflector.getAllAndOverride<boolean | undefined>(NO_REQUEST_TRANSACTION, targets) === true;
  }

  #optionsFor(execution: ExecutionContext): TransactionOptions {
    const targets = [execution.getClass(), execution.getHandler()];
    const [ofClass, ofHandler] = this.reflector.getAll<(RequestTransactionOptions | undefined)[]>(
      REQUEST_TRANSACTION,
      targets,
    );
    const { readOnlyGet, ...options } = { ...this.options, ...ofClass, ...ofHandler };
    const { method } = execution.switchToHttp().getRequest<{ readonly method: string }>();
    const isRead = readOnlyGet === true && (method === 'GET' || method === 'HEAD');
    return isRead && options.readOnly === undefined ? { ...options, readOnly: true } : options;
  }
}

/** Emits what the handler emitted once it has been committed. */
function inTransaction(
  host: TransactionHost,
  options: TransactionOptions,
  next: CallHandler<unknown>,
): Observable<unknown> {
  return new Observable((subscriber) => {
    const request = { isAbandoned: false };
    host
      .run(() => collect(next, request), options)
      .then(
        (values) => {
          for (const value of values) subscriber.next(value);
          subscriber.complete();
        },
        (error: unknown) => subscriber.error(conflictOr(error)),
      );
    return () => {
      request.isAbandoned = true;
    };
  });
}

/**
 * Nest runs the handler in the async context of handle(); so it is called here, inside of the transaction. A handler cannot
 * be stopped: when its request is given up, it keeps its transaction until it comes to its next value, or ends.
 */
function collect(next: CallHandler<unknown>, request: { readonly isAbandoned: boolean }): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const values: unknown[] = [];
    const emitted = next.handle().pipe(takeWhile(() => !request.isAbandoned));
    emitted.subscribe({
      next: (value) => values.push(value),
      error: reject,
      complete: () => (request.isAbandoned ? reject(new RequestAbandonedError()) : resolve(values)),
    });
  });
}

/** A conflict with another transaction may show in a statement as well as at COMMIT: the request may be sent again. */
function conflictOr(error: unknown): unknown {
  return isSerializationFailure(error) ? new CommitFailedError('40001', error) : error;
}
