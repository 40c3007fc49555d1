import type { FieldInfo, ModelInfo } from '@nestarc/prisma';

/** A table whose changes are recorded, and how. */
export interface TrackedTable {
  /** What entries call it: the model, or `_AToB` for the table of a many-to-many relation. */
  readonly model: string;
  readonly schema: string;
  readonly table: string;
  /** The columns that the schema knows. */
  readonly columns: readonly TrackedColumn[];
  /** Columns of the primary key. */
  readonly key: readonly TrackedColumn[];
  /** Column that says whose a row is. */
  readonly tenant: TrackedColumn | undefined;
  /** Column that a soft delete sets. */
  readonly deletedAt: TrackedColumn | undefined;
  /** Keys in JSON whose values are left out. */
  readonly sensitiveKeys: readonly string[];
  /** Whether the context may suppress entries. */
  readonly isSuppressible: boolean;
}

/** A column of a tracked table. */
export interface TrackedColumn {
  readonly name: string;
  /** How its values get into JSON. */
  readonly form: ColumnForm;
  readonly isList: boolean;
  /** Whether Prisma sets it at each update. */
  readonly isUpdatedAt: boolean;
}

/** As it is, as text (digits would be lost), as digest and length, with sensitive keys taken out, or not at all. */
export type ColumnForm = 'plain' | 'text' | 'money' | 'bytes' | 'json' | 'redacted';

/** What decides which columns are left out. */
export interface RedactionRules {
  /**
   * Tells whether a name is one that is left out.
   *
   * @param name - name of a field, a column, or a key in JSON
   */
  isSensitive(name: string): boolean;
  /** Whether there are such names at all. */
  readonly hasNames: boolean;
}

/** The mark in a `///` comment, as a word of its own. */
const MARK = /(?:^|\s)@(?:audit\.redact|audit\(redact\)|pii)(?![\w.])/;

/**
 * Lists the columns of a model.
 *
 * @param model - the model
 * @param rules - which names are left out
 */
export function columnsOfModel(model: ModelInfo, rules: RedactionRules): TrackedColumn[] {
  return model.fields
    .filter(({ kind }) => kind !== 'object')
    .map((field) => ({
      name: field.column,
      form: formOf(field, rules),
      isList: field.isList,
      isUpdatedAt: field.isUpdatedAt,
    }));
}

function formOf(field: FieldInfo, rules: RedactionRules): ColumnForm {
  if (MARK.test(field.documentation ?? '') || rules.isSensitive(field.name) || rules.isSensitive(field.column)) {
    return 'redacted';
  }
  if (field.kind !== 'scalar') return 'plain';
  if (field.type === 'BigInt') return 'text';
  if (field.type === 'Decimal') return field.nativeType === 'Money' ? 'money' : 'text';
  if (field.type === 'Bytes') return 'bytes';
  return field.type === 'Json' && rules.hasNames ? 'json' : 'plain';
}
