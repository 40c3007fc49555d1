import { CrossTenantWriteError } from './cross-tenant-write.error';
import { SqlState } from './sql-state';
import { UnsupportedStatementError } from './unsupported-statement.error';

interface Recognised {
  readonly code: string;
  readonly routine: string | undefined;
  readonly make: (cause: Error) => Error;
}

const unsupported =
  (message: string) =>
  (cause: Error): Error =>
    new UnsupportedStatementError(message, { cause });

/**
 * One SQLSTATE stands for several things. They are told apart by the routine of the server that raised the error, because
 * its message comes in the server's language.
 */
const RECOGNISED: readonly Recognised[] = [
  {
    code: SqlState.insufficientPrivilege,
    routine: 'ExecWithCheckOptions',
    make: (cause) => new CrossTenantWriteError({ cause }),
  },
  {
    code: SqlState.activeSqlTransaction,
    routine: 'PreventInTransactionBlock',
    make: unsupported(
      'This statement runs in no transaction, and so without a tenant: run it on a pg.Client of its own, as the owner of ' +
        'the tables (a migration, or a maintenance job)',
    ),
  },
  {
    code: SqlState.invalidTransactionTermination,
    routine: undefined,
    make: unsupported(
      'A procedure or DO block that ends transactions would go on without the tenant: let the application begin and end ' +
        'them, or run it on a pg.Client of its own',
    ),
  },
  {
    code: SqlState.syntaxError,
    routine: 'exec_parse_message',
    make: unsupported('Only one statement at a time: send each one with a query of its own'),
  },
];

/**
 * Recognises the server errors that mean "outside the tenant" or "cannot be scoped to one". Everything else passes unchanged,
 * so that code written against pg goes on reading `code` and `constraint`.
 *
 * @param error - what the driver reports
 */
export function typedError(error: Error): Error {
  const { code, routine } = error as { code?: unknown; routine?: unknown };
  const found = RECOGNISED.find((one) => one.code === code && (one.routine ?? routine) === routine);
  return found?.make(error) ?? error;
}
