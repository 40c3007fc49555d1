/** A model or view, as the schema describes it. */
export interface ModelInfo {
  /** As the schema spells it. */
  readonly name: string;
  /** Name of the table. */
  readonly table: string;
  /** PostgreSQL schema the table is in; `undefined` where `@@schema` does not say. */
  readonly schema: string | undefined;
  /** In the order of the schema, without those marked `@ignore`. */
  readonly fields: readonly FieldInfo[];
  /** Names of the fields of the primary key; none for a view or a model that is known by a unique key. */
  readonly primaryKey: readonly string[];
  /** All keys a row can be found by: the primary key first. */
  readonly uniques: readonly UniqueInfo[];
  /** The `///` comment of the model. */
  readonly documentation: string | undefined;
  /**
   * Finds a field.
   *
   * @param name - its name
   */
  field(name: string): FieldInfo | undefined;
}

/** A key that a row can be found by. */
export interface UniqueInfo {
  /** As it is called in `where`: the field, `a_b` of several fields, or the name the schema gives. */
  readonly name: string;
  /** Names of the fields, in the order of the key. */
  readonly fields: readonly string[];
}

/** A field of a model. */
export interface FieldInfo {
  /** As the schema spells it. */
  readonly name: string;
  /** Name of the column; of a relation, which has none, the field's name. */
  readonly column: string;
  /** What the field holds; the client does not know `unsupported` ones. */
  readonly kind: 'scalar' | 'enum' | 'object' | 'unsupported';
  /** Type as Prisma names it: `String`, an enum, a model; for an unsupported one what PostgreSQL calls it. */
  readonly type: string;
  /** Whether it holds any number of values. */
  readonly isList: boolean;
  /** Whether it cannot be null; lists never are. */
  readonly isRequired: boolean;
  /** Whether Prisma sets it to the present at each update. */
  readonly isUpdatedAt: boolean;
  /** What the schema says behind `@db.`: `Uuid`, `VarChar(10)`. */
  readonly nativeType: string | undefined;
  /** The `///` comments above and beside it. */
  readonly documentation: string | undefined;
  /** The relation it stands for; of an `object` field only. */
  readonly relation: RelationInfo | undefined;
}

/** The relation that a field stands for, seen from this side. */
export interface RelationInfo {
  /** Its name; Prisma's own where the schema gives none. */
  readonly name: string;
  /** The model on the other side. */
  readonly model: string;
  /** Fields of the foreign key, on the side that has it; none on the other. */
  readonly fields: readonly string[];
  /** Fields of the other model that the foreign key refers to, on the side that has it. */
  readonly references: readonly string[];
  /** The field of the other model that stands for this relation there. */
  readonly opposite: string;
  /** What the schema says, on the side with the foreign key: `Cascade`, `SetNull` and the like. */
  readonly onDelete: string | undefined;
  /** Whether Prisma keeps it in a table of its own (`_AToB`). */
  readonly isManyToMany: boolean;
}

/**
 * Tells the columns of fields.
 *
 * @param model - the model they are of
 * @param fields - names of fields
 * @throws TypeError when the model has no such field
 */
export function columnsOf(model: ModelInfo, fields: readonly string[]): string[] {
  return fields.map((name) => {
    const field = model.field(name);
    if (field === undefined || field.kind === 'object') throw new TypeError(`${model.name}.${name} is no column`);
    return field.column;
  });
}
