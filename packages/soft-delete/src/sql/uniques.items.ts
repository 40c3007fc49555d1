import { quoteIdentifier } from '@nestarc/postgres';
import { columnsOf, type FieldInfo, type ModelInfo, type ModelMetadata, type UniqueInfo } from '@nestarc/prisma';
import type { SoftModel } from '../model/soft-model';
import { columnList, doBlock, literal, objectName } from './ddl';
import type { InstallItem, InstallTarget } from './install-item';
import { type TableName, tableOf } from './table-name';

/**
 * Gives the unique indexes among active rows, in place of those among all rows.
 *
 * @param target - what is installed
 */
export function uniqueItems({ schema, options }: InstallTarget): InstallItem[] {
  return schema.models.flatMap((model) => {
    const table = tableOf(model.info, options.schema);
    const keys = model.info.uniques.filter(({ fields }) => !isSame(fields, model.info.primaryKey));
    return keys.map((unique) => {
      const columns = columnsOf(model.info, unique.fields);
      const title = `unique key (${columns.join(', ')}) of ${table.table}`;
      const reason = reasonToKeep(schema.metadata, model, unique, options.policies);
      if (reason !== undefined) return { title: `${title} stays among all rows: ${reason}`, sql: '', probe: undefined };
      const [deletedAt = ''] = columnsOf(model.info, [model.deletedAt]);
      return { title: `${title} among active rows`, sql: replacement(table, columns, deletedAt), probe: undefined };
    });
  });
}

function reasonToKeep(
  metadata: ModelMetadata,
  model: SoftModel,
  { fields }: UniqueInfo,
  policies: boolean,
): string | undefined {
  if (fields.includes(model.deletedAt)) return 'it holds the mark of deleted rows';
  const referring = foreignKeysTo(metadata, model.info).find(({ relation }) =>
    isSame(relation?.references ?? [], fields),
  );
  if (referring !== undefined) return `the foreign key of ${referring.owner} refers to it`;
  const oneToOne = model.info.fields.find(({ relation }) => isSame(relation?.fields ?? [], fields));
  // Prisma joins the other side of a one-to-one relation without a condition: several rows there would come out as one.
  if (oneToOne !== undefined && !policies) {
    return `${oneToOne.name} is one-to-one, and queries from its other side find one row only where policies hide deleted ones`;
  }
  return undefined;
}

function foreignKeysTo(metadata: ModelMetadata, target: ModelInfo): (FieldInfo & { readonly owner: string })[] {
  return metadata.names.flatMap((name) =>
    (metadata.model(name)?.fields ?? [])
      .filter(({ relation }) => relation?.model === target.name && relation.fields.length > 0)
      .map((field) => ({ ...field, owner: `${name}.${field.name}` })),
  );
}

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length > 0 && one.length === other.length && one.every((name) => other.includes(name));

/** What the schema does not tell is asked of the catalogs: names, and who else relies on the full index. */
function replacement(table: TableName, columns: readonly string[], deletedAt: string): string {
  const name = quoteIdentifier(objectName(table.table, ...columns, 'active_key'));
  const names = columns.map(literal).join(', ');
  return doBlock(`DECLARE
  found record;
BEGIN
  CREATE UNIQUE INDEX IF NOT EXISTS ${name} ON ${table.sql} (${columnList(columns)}) WHERE ${quoteIdentifier(deletedAt)} IS NULL;
  FOR found IN
    SELECT i.indexrelid::pg_catalog.regclass::text AS index_name, k.conname::text AS constraint_name,
           i.indisreplident OR EXISTS (
             SELECT FROM pg_catalog.pg_constraint f WHERE f.contype = 'f' AND f.conindid = i.indexrelid) AS is_relied_on
      FROM pg_catalog.pg_index i
      LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype = 'u'
     WHERE i.indrelid = ${literal(table.sql)}::pg_catalog.regclass AND i.indisunique AND NOT i.indisprimary
       AND i.indpred IS NULL AND i.indexprs IS NULL
       AND (SELECT pg_catalog.array_agg(a.attname::text ORDER BY a.attname::text COLLATE "C")
              FROM pg_catalog.unnest(i.indkey[0:i.indnkeyatts - 1]) AS c (attnum)
              JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = c.attnum) = (
             SELECT pg_catalog.array_agg(n ORDER BY n COLLATE "C") FROM pg_catalog.unnest(ARRAY[${names}]::text[]) AS w (n))
  LOOP
    IF found.is_relied_on THEN
      RAISE NOTICE 'The index % stays: a foreign key or replication relies on it', found.index_name;
    ELSIF found.constraint_name IS NOT NULL THEN
      EXECUTE pg_catalog.format('ALTER TABLE ${table.sql.replaceAll("'", "''").replaceAll('%', '%%')} DROP CONSTRAINT %I', found.constraint_name);
    ELSE
      EXECUTE 'DROP INDEX ' || found.index_name;
    END IF;
  END LOOP;
END`);
}
