/** What the sockets of `ws` and of Socket.IO have in common with each other's, and what tells them apart. */
interface AnySocket {
  /** A number for `ws`, as the specification of WebSockets has it. */
  readonly readyState?: unknown;
  /** Whether a socket of Socket.IO is connected. */
  readonly connected?: unknown;
  send?(text: string): void;
  close?(code: number, reason: string): void;
  emit?(event: string, data: unknown): unknown;
  once?(event: string, listener: () => void): unknown;
  disconnect?(close: boolean): unknown;
}

const OPEN = 1;

/** What a connection is closed with, by the status of the error: RFC 6455 §7.4.1 and the registry of IANA. */
const CLOSE_CODES: readonly (readonly [from: number, code: number])[] = [
  [503, 1013],
  [500, 1011],
  [0, 1008],
];

/**
 * Tells a WebSocket, as of the package `ws`, from a socket of Socket.IO. Both have `emit`; that of the former speaks to
 * its own process only.
 *
 * @param client - the socket
 */
export function isWebSocket(client: object): boolean {
  const socket = client as AnySocket;
  return typeof socket.readyState === 'number' && typeof socket.send === 'function';
}

/**
 * Tells whether a socket takes messages.
 *
 * @param client - the socket
 */
export function isOpen(client: object): boolean {
  const { readyState, connected } = client as AnySocket;
  return isWebSocket(client) ? readyState === OPEN : connected !== false;
}

/**
 * Sends an event, in the form Nest's adapters send it.
 *
 * @param client - the socket
 * @param event - name of the event
 * @param data - what it carries
 */
export function sendEvent(client: object, event: string, data: unknown): void {
  const socket = client as AnySocket;
  if (isWebSocket(client)) socket.send?.(JSON.stringify({ event, data }));
  else socket.emit?.(event, data);
}

/**
 * Ends a connection that may not be.
 *
 * @param client - the socket
 * @param answer - what its client is told
 */
export function refuseClient(
  client: object,
  answer: { readonly code: string; readonly status: number; readonly message: string },
): void {
  const socket = client as AnySocket;
  if (isWebSocket(client)) {
    const [, closeCode = 1008] = CLOSE_CODES.find(([from]) => answer.status >= from) ?? [];
    socket.close?.(closeCode, answer.code);
    return;
  }
  socket.emit?.('exception', { status: 'error', code: answer.code, message: answer.message });
  socket.disconnect?.(true);
}

/**
 * Calls a listener once the connection has ended.
 *
 * @param client - the socket
 * @param listener - the listener
 */
export function onceClosed(client: object, listener: () => void): void {
  (client as AnySocket).once?.(isWebSocket(client) ? 'close' : 'disconnect', listener);
}
