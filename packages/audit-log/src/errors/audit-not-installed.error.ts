import { NestarcError } from '@nestarc/core';

/** Thrown at boot when the database does not record what it should; says what is different and has the SQL that mends it. */
export class AuditNotInstalledError extends NestarcError {
  /**
   * @param problems - what is different, one sentence each
   * @param sql - what mends it, run as the owner of the tables
   */
  constructor(
    readonly problems: readonly string[],
    readonly sql: string,
  ) {
    const list = problems.map((problem) => `  - ${problem}\n`).join('');
    super(
      `The database does not record the changes that it should:\n${list}` +
        'Run what auditSql(prisma, options) returns in a migration, as the owner of the tables; this error has it in its property `sql`.',
      { code: 'AUDIT_NOT_INSTALLED' },
    );
  }
}
