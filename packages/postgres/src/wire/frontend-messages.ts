/**
 * Encoders of the three frontend messages the preamble consists of. pg encodes the same messages, but only onto a socket;
 * the preamble is joined with the statement into one write.
 *
 * @see https://www.postgresql.org/docs/18/protocol-message-formats.html
 */

const INT16 = 2;
const INT32 = 4;
const HEADER = 1 + INT32;

/** Frames a message: type byte, then the length, which counts itself but not the type. */
function frame(type: string, bodyLength: number): Buffer {
  const buffer = Buffer.alloc(HEADER + bodyLength);
  buffer.write(type, 0, 'latin1');
  buffer.writeInt32BE(INT32 + bodyLength, 1);
  return buffer;
}

/**
 * Parse, parameter types left to the server.
 *
 * @param name - name to prepare the statement under; empty for the unnamed one
 * @param text - the SQL
 */
export function parse(name: string, text: string): Buffer {
  const message = frame('P', Buffer.byteLength(name) + 1 + Buffer.byteLength(text) + 1 + INT16);
  const offset = HEADER + message.write(name, HEADER) + 1;
  message.write(text, offset);
  return message;
}

/**
 * Bind a statement to the unnamed portal, parameters and results in text format.
 *
 * @param name - name of the statement; empty for the unnamed one
 * @param values - parameter values
 */
export function bind(name: string, values: readonly string[]): Buffer {
  const lengths = values.map((value) => Buffer.byteLength(value));
  const head = 1 + Buffer.byteLength(name) + 1 + INT16;
  const message = frame(
    'B',
    lengths.reduce((sum, length) => sum + INT32 + length, head + INT16 + INT16),
  );
  message.write(name, HEADER + 1);
  let offset = message.writeInt16BE(values.length, HEADER + head);
  values.forEach((value, index) => {
    offset = message.writeInt32BE(lengths[index] ?? 0, offset);
    offset += message.write(value, offset);
  });
  return message;
}

/** Execute the unnamed portal to its end. */
export function execute(): Buffer {
  return frame('E', 1 + INT32);
}
