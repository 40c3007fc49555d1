import type { WireConnection } from './pg-internals';

/** Collects what pg writes for one statement, to send it in one piece. */
export interface Outbox {
  /** The connection as pg sees it while it writes. */
  readonly connection: WireConnection;
  /** Sends what was written. */
  flush(): void;
  /** Forgets what was written. */
  discard(): void;
}

const outboxes = new WeakMap<WireConnection, Outbox>();

/**
 * Gives the outbox of a connection. pg writes Parse, Bind, Describe, Execute and Sync one by one between cork and uncork,
 * which ends in a `writev` of as many pieces; one `write` of the joined bytes costs less, and pays for the preamble.
 *
 * @param connection - pg's connection
 */
export function outboxOf(connection: WireConnection): Outbox {
  let outbox = outboxes.get(connection);
  if (outbox === undefined) outboxes.set(connection, (outbox = createOutbox(connection)));
  return outbox;
}

function createOutbox(connection: WireConnection): Outbox {
  const pieces: Buffer[] = [];
  const stream = {
    writable: true,
    write: (bytes: Buffer): boolean => pieces.push(bytes) > 0,
  };
  return {
    connection: Object.create(connection, { stream: { value: stream } }) as WireConnection,
    flush: () => {
      // The socket may have closed meanwhile; pg then fails the statement from its `end` event.
      const { writable } = connection.stream;
      if (pieces.length > 0 && writable) connection.stream.write(Buffer.concat(pieces));
      pieces.length = 0;
    },
    discard: () => {
      pieces.length = 0;
    },
  };
}
