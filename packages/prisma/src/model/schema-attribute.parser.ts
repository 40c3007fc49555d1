import type { SchemaArgument, SchemaAttribute, SchemaValue } from './schema-block';
import { SchemaSyntaxError } from './schema-syntax.error';
import type { SchemaTokenReader } from './schema-token.reader';

/**
 * Reads an attribute, behind its sign.
 *
 * @param reader - stands at the attribute's name
 */
export function parseAttribute(reader: SchemaTokenReader): SchemaAttribute {
  const name = reader.word();
  return { name, args: reader.takeIf('(') ? parseList(reader, ')', parseArgument) : [] };
}

function parseList<T>(reader: SchemaTokenReader, end: string, parse: (reader: SchemaTokenReader) => T): T[] {
  const list: T[] = [];
  for (reader.skipLines(); !reader.takeIf(end); reader.skipLines()) {
    list.push(parse(reader));
    reader.skipLines();
    if (!reader.isAt(end)) reader.expect(',');
  }
  return list;
}

function parseArgument(reader: SchemaTokenReader): SchemaArgument {
  const value = parseValue(reader);
  reader.skipLines();
  if (!reader.takeIf(':')) return { name: undefined, value };
  reader.skipLines();
  return { name: value.text, value: parseValue(reader) };
}

function parseValue(reader: SchemaTokenReader): SchemaValue {
  if (reader.takeIf('[')) return { text: '', items: parseList(reader, ']', parseValue), args: undefined };
  const { kind, text, line } = reader.take();
  if (kind !== 'word' && kind !== 'string') throw new SchemaSyntaxError(line, 'a value', text);
  const isCall = kind === 'word' && reader.takeIf('(');
  return { text, items: undefined, args: isCall ? parseList(reader, ')', parseArgument) : undefined };
}
