import { joinSql, sql, type SqlFragment } from '@nestarc/postgres';
import { identifier } from '@nestarc/postgres';
import type { ModelInfo, ModelMetadata } from '@nestarc/prisma';
import { columnsOf } from '@nestarc/prisma';
import type { AuditReader } from '../query/audit-reader';
import { typed } from '../service/value.sql';

/** Columns of one table that refer to columns of another. */
export interface Reference {
  /** What entries call the table that refers. */
  readonly child: string;
  /** The table that refers. */
  readonly table: SqlFragment;
  /** Its columns. */
  readonly columns: readonly string[];
  /** What entries call the table that is referred to. */
  readonly parent: string;
  /** Columns of that. */
  readonly parentColumns: readonly string[];
}

/** A table whose rows are brought back. */
export interface RevertTable {
  readonly name: string;
  readonly table: SqlFragment;
  readonly key: readonly string[];
  /** Its columns, with their types; those that PostgreSQL works out are left out. */
  readonly columns: ReadonlyMap<string, string>;
  /** Columns that PostgreSQL works out from others. */
  readonly generated: ReadonlySet<string>;
}

/** Knows the tables of a schema, and what refers to what. */
export class RevertTables {
  readonly #references: readonly Reference[];
  readonly #joins: ReadonlyMap<string, SqlFragment>;
  readonly #known = new Map<string, Promise<RevertTable | undefined>>();

  /**
   * @param metadata - the schema
   * @param schema - schema of models that do not name theirs
   */
  constructor(
    private readonly metadata: ModelMetadata,
    private readonly schema: string,
  ) {
    const models = metadata.names.flatMap((name) => metadata.model(name) ?? []);
    const joins = models.flatMap((model) => this.#joinsOf(model));
    this.#joins = new Map(joins.map(({ child, table }) => [child, table]));
    this.#references = [...models.flatMap((model) => this.#referencesOf(model)), ...joins];
  }

  /**
   * Lists what a table refers to.
   *
   * @param name - what entries call it
   */
  referencesFrom(name: string): readonly Reference[] {
    return this.#references.filter(({ child }) => child === name);
  }

  /**
   * Lists what refers to a table.
   *
   * @param name - what entries call it
   */
  referencesTo(name: string): readonly Reference[] {
    return this.#references.filter(({ parent }) => parent === name);
  }

  /**
   * Finds a table.
   *
   * @param name - what entries call it
   * @param reader - where its columns are looked up
   * @returns `undefined` where the schema, or the database, does not have it any more
   */
  find(name: string, reader: AuditReader): Promise<RevertTable | undefined> {
    const known = this.#known.get(name) ?? this.#find(name, reader);
    this.#known.set(name, known);
    return known;
  }

  async #find(name: string, reader: AuditReader): Promise<RevertTable | undefined> {
    const model = this.metadata.model(name);
    const table = model === undefined ? this.#joins.get(name) : this.#tableOf(model);
    if (table === undefined) return undefined;
    const columns = await reader.answer<readonly (readonly [string, string, boolean])[] | null>(sql`SELECT (
      SELECT pg_catalog.json_agg(pg_catalog.json_build_array(a.attname, pg_catalog.format_type(a.atttypid, NULL), a.attgenerated <> ''))
        FROM pg_catalog.pg_attribute a
       WHERE a.attrelid = pg_catalog.to_regclass(${typed.text(table.text)}) AND a.attnum > 0 AND NOT a.attisdropped)::text AS answer`);
    if (columns === null) return undefined;
    const key = model === undefined ? ['A', 'B'] : columnsOf(model, model.primaryKey);
    const generated = new Set(columns.flatMap(([column, , isGenerated]) => (isGenerated ? [column] : [])));
    const given = columns.filter(([column]) => !generated.has(column));
    // Images have bytes as the schema says, also where the column is of a domain over them.
    const bytes = new Map(
      model?.fields.flatMap(({ column, type, isList }) =>
        type === 'Bytes' ? [[column, isList ? 'bytea[]' : 'bytea'] as const] : [],
      ),
    );
    const types = given.map(([column, type]) => [column, bytes.get(column) ?? type] as const);
    return { name, table, key, columns: new Map(types), generated };
  }

  #tableOf(model: ModelInfo): SqlFragment {
    return identifier(model.schema ?? this.schema, model.table);
  }

  #referencesOf(model: ModelInfo): Reference[] {
    return model.fields.flatMap(({ relation }) => {
      const parent = relation === undefined ? undefined : this.metadata.model(relation.model);
      if (relation === undefined || parent === undefined || relation.fields.length === 0) return [];
      return [
        {
          child: model.name,
          table: this.#tableOf(model),
          columns: columnsOf(model, relation.fields),
          parent: parent.name,
          parentColumns: columnsOf(parent, relation.references),
        },
      ];
    });
  }

  /** Prisma calls the columns of such a table A and B, in the order of the models' names. */
  #joinsOf(model: ModelInfo): Reference[] {
    return model.fields.flatMap(({ relation }) => {
      if (relation?.isManyToMany !== true) return [];
      const child = `_${relation.name}`;
      const [first = model.name] = [model.name, relation.model].sort();
      const schema = this.metadata.model(first)?.schema ?? this.schema;
      const parentColumns = columnsOf(model, model.primaryKey);
      const column = model.name === first ? 'A' : 'B';
      const columns = model.name === relation.model ? ['A', 'B'] : [column];
      return columns.map((one) => ({
        child,
        table: identifier(schema, child),
        columns: [one],
        parent: model.name,
        parentColumns,
      }));
    });
  }
}

/**
 * Compares columns of two rows.
 *
 * @param one - name of a row
 * @param columns - columns of it
 * @param other - name of another
 * @param others - columns of that, one each
 */
export function sameColumns(
  one: string,
  columns: readonly string[],
  other: string,
  others: readonly string[],
): SqlFragment {
  const pairs = columns.map(
    (column, index) => sql`${identifier(one, column)} = ${identifier(other, others[index] ?? column)}`,
  );
  return joinSql(pairs, sql` AND `);
}
