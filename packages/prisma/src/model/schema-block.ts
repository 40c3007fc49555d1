/** A block of a schema that names something: a model, a view, an enum … Only models and views have fields and attributes. */
export interface SchemaBlock {
  readonly keyword: string;
  readonly name: string;
  readonly documentation: string | undefined;
  readonly fields: readonly SchemaField[];
  readonly attributes: readonly SchemaAttribute[];
}

/** A line of a model: `posts Post[] @relation("author")`. */
export interface SchemaField {
  readonly name: string;
  readonly type: string;
  /** Whether `type` is what `Unsupported("…")` holds. */
  readonly isUnsupported: boolean;
  readonly isList: boolean;
  readonly isRequired: boolean;
  readonly documentation: string | undefined;
  readonly attributes: readonly SchemaAttribute[];
}

/** `@map("a")` of a field, or `@@map("a")` of a model; the name comes without the signs. */
export interface SchemaAttribute {
  readonly name: string;
  readonly args: readonly SchemaArgument[];
}

/** An argument of an attribute, named or not. */
export interface SchemaArgument {
  readonly name: string | undefined;
  readonly value: SchemaValue;
}

/** A string or word, with the items of an array, or the arguments of a call. */
export interface SchemaValue {
  readonly text: string;
  readonly items: readonly SchemaValue[] | undefined;
  readonly args: readonly SchemaArgument[] | undefined;
}

/**
 * Finds an attribute.
 *
 * @param holder - a field or a block
 * @param name - its name without signs
 */
export function attributeOf(
  holder: { readonly attributes: readonly SchemaAttribute[] },
  name: string,
): SchemaAttribute | undefined {
  return holder.attributes.find((attribute) => attribute.name === name);
}

/**
 * Finds an argument of an attribute.
 *
 * @param attribute - the attribute
 * @param name - name of the argument
 * @param isDefault - whether the argument may stand first without its name; default: no
 */
export function argumentOf(
  attribute: SchemaAttribute | undefined,
  name: string,
  isDefault = false,
): SchemaValue | undefined {
  const named = attribute?.args.find((argument) => argument.name === name);
  const first = isDefault ? attribute?.args.find((argument) => argument.name === undefined) : undefined;
  return (named ?? first)?.value;
}

/**
 * Lists the fields an argument names: those of `[a, b(sort: Desc)]`, or of `a` alone.
 *
 * @param value - the argument's value
 */
export function namesIn(value: SchemaValue | undefined): string[] {
  if (value === undefined) return [];
  return (value.items ?? [value]).map((item) => item.text);
}
