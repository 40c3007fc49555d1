import { type ArgumentsHost, Catch, HttpException, Logger } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { STATUS_CODES } from 'node:http';
import { NestarcError } from '../errors/nestarc.error';

/**
 * Answers HTTP requests that failed with a {@link NestarcError}: `{ statusCode, code, message }`. Errors of the server
 * (500 and above) are logged and answered with the status text only.
 */
@Catch(NestarcError)
export class NestarcExceptionFilter extends BaseExceptionFilter {
  readonly #logger = new Logger('NestarcExceptionFilter');

  /**
   * Answers the request.
   *
   * @param error - what was thrown
   * @param host - where it was thrown; outside HTTP the error goes on to the transport's own handling
   */
  override catch(error: NestarcError, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error;
    if (error.status >= 500) this.#logger.error(error.message, error.stack);
    super.catch(toHttpException(error), host);
  }
}

/**
 * The one place where an error becomes an HTTP answer.
 *
 * @param error - the error to answer with
 */
export function toHttpException(error: NestarcError): HttpException {
  const { status, code } = error;
  const message = status >= 500 ? (STATUS_CODES[status] ?? 'Internal Server Error') : error.message;
  return new HttpException({ statusCode: status, code, message }, status, { cause: error });
}
