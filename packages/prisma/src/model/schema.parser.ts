import { parseAttribute } from './schema-attribute.parser';
import type { SchemaAttribute, SchemaBlock, SchemaField } from './schema-block';
import { SchemaSyntaxError } from './schema-syntax.error';
import { SchemaTokenReader } from './schema-token.reader';
import { tokensOf } from './schema.lexer';

const WITH_FIELDS: ReadonlySet<string> = new Set(['model', 'view']);

/**
 * Reads the blocks of a schema that Prisma has accepted; it is no validator.
 *
 * @param text - the schema
 * @throws SchemaSyntaxError where a model is not written as Prisma's grammar of today has it
 */
export function parseSchema(text: string): SchemaBlock[] {
  const reader = new SchemaTokenReader(tokensOf(text));
  const blocks: SchemaBlock[] = [];
  for (;;) {
    const documentation = takeDocumentation(reader, 'ends with an empty line');
    if (reader.next.kind === 'end') return blocks;
    const keyword = reader.word();
    const name = reader.word();
    reader.expect('{');
    const members = WITH_FIELDS.has(keyword) ? parseMembers(reader) : skipBlock(reader);
    blocks.push({ keyword, name, documentation, ...members });
  }
}

type Members = Pick<SchemaBlock, 'fields' | 'attributes'>;

function parseMembers(reader: SchemaTokenReader): Members {
  const fields: SchemaField[] = [];
  const attributes: SchemaAttribute[] = [];
  let documentation: string | undefined;
  for (;;) {
    documentation = takeDocumentation(reader, 'outlasts empty lines') ?? documentation;
    if (reader.takeIf('}')) return { fields, attributes };
    if (reader.takeIf('@@')) {
      attributes.push(parseAttribute(reader));
    } else {
      fields.push(parseField(reader, documentation));
      documentation = undefined;
    }
  }
}

function parseField(reader: SchemaTokenReader, above: string | undefined): SchemaField {
  const name = reader.word();
  const type = parseType(reader);
  const attributes: SchemaAttribute[] = [];
  while (reader.takeIf('@')) attributes.push(parseAttribute(reader));
  const beside = reader.next.kind === 'documentation' ? reader.take().text : undefined;
  if (reader.next.kind === 'comment') reader.take();
  if (reader.next.kind !== 'newline') throw new SchemaSyntaxError(reader.next.line, 'an attribute', reader.next.text);
  const documentation = above === undefined || beside === undefined ? (above ?? beside) : `${above}\n${beside}`;
  return { name, ...type, documentation, attributes };
}

function parseType(reader: SchemaTokenReader): Pick<SchemaField, 'type' | 'isUnsupported' | 'isList' | 'isRequired'> {
  let type = reader.word();
  const isUnsupported = type === 'Unsupported' && reader.takeIf('(');
  if (isUnsupported) {
    type = reader.take().text;
    reader.expect(')');
  }
  const isList = reader.takeIf('[');
  if (isList) reader.expect(']');
  return { type, isUnsupported, isList, isRequired: !reader.takeIf('?') };
}

/** What stands in generators, data sources and enums is not looked at. */
function skipBlock(reader: SchemaTokenReader): Members {
  for (let depth = 1; depth > 0;) {
    if (reader.isAt('{')) depth += 1;
    if (reader.isAt('}')) depth -= 1;
    const { kind, line, text } = reader.take();
    if (kind === 'end') throw new SchemaSyntaxError(line, '}', text);
  }
  return { fields: [], attributes: [] };
}

/** Takes comments and line ends. Of several groups of `///` the last one counts; at the top level, if it touches the block. */
function takeDocumentation(
  reader: SchemaTokenReader,
  rule: 'ends with an empty line' | 'outlasts empty lines',
): string | undefined {
  let lines: string[] = [];
  let isGroupOver = false;
  for (let isLineEmpty = false; ;) {
    const { kind, text } = reader.next;
    if (kind !== 'newline' && kind !== 'comment' && kind !== 'documentation') break;
    reader.take();
    if (kind === 'newline') {
      isGroupOver ||= isLineEmpty;
      isLineEmpty = true;
      continue;
    }
    isLineEmpty = false;
    if (isGroupOver) lines = [];
    isGroupOver = false;
    if (kind === 'documentation') lines.push(text);
  }
  const counts = rule === 'outlasts empty lines' || !isGroupOver;
  return counts && lines.length > 0 ? lines.join('\n') : undefined;
}
