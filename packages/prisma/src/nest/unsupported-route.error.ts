import { NestarcError } from '@nestarc/core';

/** Thrown for handlers that send the response themselves: it would be on its way before COMMIT. */
export class UnsupportedRouteError extends NestarcError {
  /** The handlers, as `Controller.handler`. */
  readonly routes: readonly string[];

  constructor(routes: readonly string[]) {
    super(
      `A request transaction cannot be committed before the response is sent where the handler sends it: ${routes.join(', ')}. ` +
        'Return the value, take @Res({ passthrough: true }), or opt out with @NoRequestTransaction()',
      { code: 'REQUEST_TRANSACTION_UNSUPPORTED' },
    );
    this.routes = Object.freeze([...routes]);
  }
}
