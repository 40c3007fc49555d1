import { NestarcError } from '@nestarc/core';

/** Why a transaction was rolled back whose request was given up while the handler ran; nobody is left to be told. */
export class RequestAbandonedError extends NestarcError {
  constructor() {
    super('The request was given up before its handler had finished', { code: 'REQUEST_ABANDONED', status: 499 });
  }
}
