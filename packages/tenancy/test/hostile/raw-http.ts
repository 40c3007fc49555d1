import { connect, type Socket } from 'node:net';

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly body: string;
}

/** A request that is put together by hand. */
export interface RawHead {
  /** What stands between method and version. Defaults to `/customers`. */
  readonly target?: string;
  /** Lines such as `Cookie: a=b`, as bytes. */
  readonly headers: readonly string[];
}

/** Longer waiting means that the server hangs. */
const PATIENCE_MS = 20_000;
const CHUNK = 8192;

/** Bytes of a text in UTF-8, each as a character: what is sent is written in latin1. */
export const utf8 = (text: string): string => Buffer.from(text).toString('latin1');

/** The bytes of a request; it says first of all that the connection is to be closed, whatever the rest does. */
export function requestBytes({ target = '/customers', headers }: RawHead, method = 'GET'): string {
  const hasHost = headers.some((line) => /^host *:/i.test(line));
  const lines = [
    `${method} ${target} HTTP/1.1`,
    'Connection: close',
    ...(hasHost ? [] : ['Host: localhost']),
    ...headers,
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/**
 * Sends bytes that no client library lets through, and reads until the server closes the connection.
 *
 * @param url - the server
 * @param bytes - what is sent, one character a byte
 * @param quietMs - how long the server may be silent before the client hangs up; for what the server waits to see the end of
 */
export async function exchange(url: string, bytes: string, quietMs?: number): Promise<RawAnswer[]> {
  const { hostname, port } = new URL(url);
  const received = await new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = connect({ port: Number(port), host: hostname, noDelay: true }, () => {
      // Piece by piece: what a server has not read when it hangs up would reset the connection, and its answer be lost.
      void writeInPieces(socket, Buffer.from(bytes, 'latin1'), () => text !== '');
    });
    const patience = setTimeout(
      () => socket.destroy(new Error(`The server hangs: ${JSON.stringify(bytes.slice(0, 500))}`)),
      PATIENCE_MS,
    );
    if (quietMs !== undefined) socket.setTimeout(quietMs, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') reject(error);
    });
    socket.on('close', () => {
      clearTimeout(patience);
      resolve(text);
    });
  });
  return answersIn(received);
}

/** Sends one request, and gives its answer. */
export async function sendRaw(url: string, head: RawHead, method?: string): Promise<RawAnswer> {
  const [answer] = await exchange(url, requestBytes(head, method));
  if (answer === undefined) throw new Error(`No answer to ${JSON.stringify(head).slice(0, 500)}`);
  return answer;
}

async function writeInPieces(socket: Socket, bytes: Buffer, isAnswered: () => boolean): Promise<void> {
  for (let at = 0; at < bytes.length && !isAnswered() && !socket.destroyed; at += CHUNK) {
    socket.write(bytes.subarray(at, at + CHUNK));
    if (bytes.length > CHUNK) await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

function answersIn(received: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = received;
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n');
    const head = rest.slice(0, end);
    const status = /^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1];
    if (end === -1 || status === undefined) throw new Error(`No answer of HTTP: ${rest.slice(0, 200)}`);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    const bodyEnd = length === undefined ? rest.length : end + 4 + Number(length);
    answers.push({ status: Number(status), body: Buffer.from(rest.slice(end + 4, bodyEnd), 'latin1').toString() });
    rest = rest.slice(bodyEnd);
  }
  return answers;
}
