import { NestarcError } from '@nestarc/core';

/** Thrown at boot when the database lacks what soft deletes rely on; the message has the SQL that mends it. */
export class SoftDeleteNotInstalledError extends NestarcError {
  /**
   * @param missing - what is missing or out of date
   * @param sql - SQL that makes it
   */
  constructor(
    readonly missing: readonly string[],
    readonly sql: string,
  ) {
    super(
      `The database lacks what soft deletes rely on, or has an earlier version of it: ${missing.join('; ')}. Run as the owner of ` +
        `the tables, or add to your migrations:\n\n${sql}`,
      { code: 'SOFT_DELETE_NOT_INSTALLED' },
    );
  }
}
