import { isNestarcError, type NestarcError } from '@nestarc/core';
import { STATUS_CODES } from 'node:http';

/** What the sender of a message is told about its refusal. */
export interface RefusalAnswer {
  /** Stable code for programs, such as `TENANT_REQUIRED`. */
  readonly code: string;
  /** The HTTP status that stands for it. */
  readonly status: number;
  /** Text for people; of an error of the server, its name only. */
  readonly message: string;
}

/** What is told about anything else that goes wrong. */
export const UNEXPECTED: RefusalAnswer = Object.freeze({
  code: 'INTERNAL',
  status: 500,
  message: 'Internal Server Error',
});

/**
 * Tells what the sender of a message is told.
 *
 * @param error - why it is refused
 */
export function answerOf({ code, status, message }: NestarcError): RefusalAnswer {
  return { code, status, message: status >= 500 ? (STATUS_CODES[status] ?? 'Internal Server Error') : message };
}

/**
 * Gives the code of whatever a message or a connection is refused with.
 *
 * @param error - what was thrown
 */
export function codeOf(error: unknown): string {
  return isNestarcError(error) ? error.code : 'INTERNAL';
}
