/**
 * Encoders of the four frontend messages the preamble needs. pg encodes the same messages, but only onto a socket; the
 * preamble is encoded once per context and written again with every statement of that context.
 *
 * @see https://www.postgresql.org/docs/18/protocol-message-formats.html
 */

/** Frames a body as a message: type byte, length (which counts itself), body. */
function message(type: string, body: Buffer): Buffer {
  const header = Buffer.alloc(5);
  header.write(type, 0, 'latin1');
  header.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}

const cString = (text: string): Buffer => Buffer.from(`${text}\0`, 'utf8');

function int16(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeInt16BE(value);
  return buffer;
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
}

/**
 * Parse into the unnamed statement, parameter types left to the server.
 *
 * @param text - the SQL
 */
export function parse(text: string): Buffer {
  return message('P', Buffer.concat([cString(''), cString(text), int16(0)]));
}

/**
 * Bind the unnamed statement to the unnamed portal, everything in text format.
 *
 * @param values - parameter values
 */
export function bind(values: readonly string[]): Buffer {
  const parameters = values.map((value) => {
    const bytes = Buffer.from(value, 'utf8');
    return Buffer.concat([int32(bytes.length), bytes]);
  });
  return message('B', Buffer.concat([cString(''), cString(''), int16(0), int16(values.length), ...parameters, int16(0)]));
}

/** Execute the unnamed portal to its end. */
export function execute(): Buffer {
  return message('E', Buffer.concat([cString(''), int32(0)]));
}
