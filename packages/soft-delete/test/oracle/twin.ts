import type { SoftDeleteSchema } from '../../src/model/soft-delete-schema';
import type { SoftDeleteFixture } from '../fixture/fixture';
import type { Row, Rows } from './random-rows';

/** Tables that refer to each other in a circle cannot be filled in any order while foreign keys are checked. */
export const WITHOUT_FOREIGN_KEYS = `
  DO $$
  DECLARE c record;
  BEGIN
    FOR c IN SELECT conrelid::regclass AS of_table, conname FROM pg_constraint WHERE contype = 'f' LOOP
      EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.of_table, c.conname);
    END LOOP;
  END $$;`;

/** Fills the tables of a database. */
export async function fill(fixture: SoftDeleteFixture, rows: Rows): Promise<void> {
  for (const [table, ofTable] of rows) {
    const columns = [...new Set(ofTable.flatMap((row) => Object.keys(row)))].map((column) => `"${column}"`).join(', ');
    await fixture.asAdmin(
      `INSERT INTO "${table}" (${columns}) SELECT ${columns} FROM json_populate_recordset(NULL::"${table}", $1)`,
      [JSON.stringify(ofTable)],
    );
  }
}

/** What becomes of optional foreign keys to rows that are gone. */
export type GoneKeys = 'kept' | 'nulled';

/**
 * The rows of the twin database, where deleted rows are physically gone.
 *
 * @param seen - models whose deleted rows stay
 */
export function withoutDeleted(schema: SoftDeleteSchema, rows: Rows, keys: GoneKeys, seen: ReadonlySet<string>): Rows {
  const gone = new Map<string, Set<string>>();
  const models = schema.models.filter(({ name }) => !seen.has(name));
  const left = new Map<string, readonly Row[]>(rows);
  for (const { info } of models) {
    left.set(
      info.table,
      (rows.get(info.table) ?? []).filter((row) => row['deleted_at'] === null),
    );
    const goneRows = (rows.get(info.table) ?? []).filter((row) => row['deleted_at'] !== null);
    for (const { fields } of info.uniques) {
      const columns = fields.map((field) => info.field(field)?.column ?? field).sort();
      gone.set(`${info.name}:${columns.join()}`, new Set(goneRows.map((row) => keyOf(row, columns))));
    }
  }
  left.set('_PostToTag', withoutLinks(rows, gone));
  return keys === 'kept' ? left : nulled(schema, left, gone);
}

const keyOf = (row: Row, columns: readonly string[]): string => JSON.stringify(columns.map((column) => row[column]));

function withoutLinks(rows: Rows, gone: ReadonlyMap<string, ReadonlySet<string>>): readonly Row[] {
  const isGone = (model: string, id: unknown): boolean => gone.get(`${model}:id`)?.has(JSON.stringify([id])) === true;
  return (rows.get('_PostToTag') ?? []).filter((link) => !isGone('Post', link['A']) && !isGone('Tag', link['B']));
}

/** As `ON DELETE SET NULL` would leave them. */
function nulled({ metadata }: SoftDeleteSchema, rows: Rows, gone: ReadonlyMap<string, ReadonlySet<string>>): Rows {
  const result = new Map<string, readonly Row[]>(rows);
  for (const name of metadata.names) {
    const info = metadata.model(name);
    for (const { relation, isRequired } of info?.fields ?? []) {
      if (info === undefined || isRequired || relation === undefined || relation.fields.length === 0) continue;
      const pairs = relation.references
        .map((reference, index) => ({
          theirs: metadata.model(relation.model)?.field(reference)?.column ?? reference,
          own: info.field(relation.fields[index] ?? '')?.column ?? '',
        }))
        .sort((a, b) => (a.theirs < b.theirs ? -1 : 1));
      const keys = gone.get(`${relation.model}:${pairs.map(({ theirs }) => theirs).join()}`);
      const own = pairs.map((pair) => pair.own);
      const clear = Object.fromEntries(own.map((column) => [column, null]));
      const change = (row: Row): Row => (keys?.has(keyOf(row, own)) === true ? { ...row, ...clear } : row);
      result.set(info.table, (result.get(info.table) ?? []).map(change));
    }
  }
  return result;
}
