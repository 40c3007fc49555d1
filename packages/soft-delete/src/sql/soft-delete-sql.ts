import { InvalidOptionsError } from '@nestarc/core';
import { attachmentOf } from '../model/soft-delete-attachment';
import { installItems, scriptOf } from './install-items';
import { resolveSoftDeleteSqlOptions, type SoftDeleteSqlOptions } from './soft-delete-sql.options';

/**
 * Writes the SQL that a database needs for soft deletes: columns, indexes, unique keys among active rows, guards, and with
 * `enforcement: 'database'` policies. It may be run any number of times, and as a migration. Nothing is sent anywhere.
 *
 * @param client - a client extended with `createPrismaSoftDeleteExtension`; it need not be connected
 * @param options - what to leave out
 * @returns the script, to be run by the owner of the tables
 * @throws InvalidOptionsError when the client is not extended, or naming the path of every refused option
 */
export function softDeleteSql(client: unknown, options: SoftDeleteSqlOptions = {}): string {
  const attachment = attachmentOf(client);
  if (attachment === undefined) {
    const message = 'the client is not extended with createPrismaSoftDeleteExtension';
    throw new InvalidOptionsError('softDeleteSql', [{ path: 'client', message }]);
  }
  const { schema, options: extension } = attachment;
  return scriptOf(installItems({ schema, options: resolveSoftDeleteSqlOptions(options, extension.enforcement) }));
}
