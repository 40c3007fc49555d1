import { quoteIdentifier } from '@nestarc/postgres';
import type { FieldInfo } from '@nestarc/prisma';
import type { SoftModel } from '../model/soft-model';
import type { InstallItem, InstallTarget } from './install-item';
import { tableOf } from './table-name';

/** Prisma's own choice where the schema names no native type. */
const DEFAULT_TYPES: Readonly<Record<string, string>> = { DateTime: 'timestamp(3)', String: 'text' };

/**
 * Gives the columns that mark deleted rows.
 *
 * @param target - what is installed
 */
export function columnItems({ schema, options }: InstallTarget): InstallItem[] {
  return schema.models.flatMap((model) => {
    const table = tableOf(model.info, options.schema);
    return marksOf(model).map(({ column, type, nativeType }) => ({
      title: `column ${table.table}.${column}`,
      sql: `ALTER TABLE ${table.sql} ADD COLUMN IF NOT EXISTS ${quoteIdentifier(column)} ${columnType(type, nativeType)};`,
      probe: { kind: 'column', table: table.sql, name: column, stamp: undefined },
    }));
  });
}

function marksOf({ info, deletedAt, deletedBy, deletionId }: SoftModel): FieldInfo[] {
  return [deletedAt, deletedBy, deletionId].flatMap((name) => (name === undefined ? [] : (info.field(name) ?? [])));
}

/** Native types are PostgreSQL's, in another case: `Timestamptz(3)`, `VarChar(30)`. */
function columnType(type: string, nativeType: string | undefined): string {
  return nativeType?.toLowerCase() ?? DEFAULT_TYPES[type] ?? 'text';
}
