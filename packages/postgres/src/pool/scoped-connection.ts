import { UnsupportedStatementError } from '../errors/unsupported-statement.error';
import { CopyFrames } from '../wire/copy-frames';
import type { WireConnection, WireStream } from './pg-internals';

type Listener = (...args: never[]) => void;

/**
 * The connection as a cursor or COPY stream sees it. Nothing is sent ahead of the settings, nothing after its one Sync, which
 * ends their transaction, and nothing at all once the query is done: the connection may be somebody else's by then.
 */
export class ScopedConnection {
  /** The COPY whose portal is open and waits to be executed. */
  copies: string | undefined;
  /** Whether a first message was written, and the settings ahead of it. */
  announced = false;
  /** The socket as a COPY stream uses it. */
  readonly stream: WireStream;
  readonly #announce: (text: string) => void;
  readonly #inCallersContext: (work: () => void) => void;
  readonly #listeners = new WeakMap<Listener, Listener>();
  #connection: WireConnection | undefined;
  #writer: WireConnection | undefined;
  #synced = false;
  #finished = false;

  constructor(announce: (text: string) => void, inCallersContext: (work: () => void) => void) {
    this.#announce = announce;
    this.#inCallersContext = inCallersContext;
    this.stream = this.#createStream();
  }

  /**
   * Connects.
   *
   * @param connection - the connection, for its events
   * @param writer - where messages are written
   */
  open(connection: WireConnection, writer: WireConnection): void {
    this.#connection = connection;
    if (!this.#synced) this.#writer = writer;
  }

  /** Ends what the query may send. */
  finish(): void {
    this.#writer = undefined;
    this.#finished = true;
  }

  get parsedStatements(): WireConnection['parsedStatements'] {
    return this.#connection?.parsedStatements ?? {};
  }

  get submittedNamedStatements(): WireConnection['parsedStatements'] {
    return this.#connection?.submittedNamedStatements ?? {};
  }

  /**
   * Sends bytes as they are.
   *
   * @param bytes - encoded messages
   */
  send(bytes: Buffer): void {
    this.#writer?.stream.write(bytes);
  }

  parse(statement: Parameters<WireConnection['parse']>[0]): void {
    if (this.copies !== undefined) throw new UnsupportedStatementError('A COPY stream sends its statement once');
    this.#begin(statement.text);
    this.#writer?.parse(statement);
  }

  bind(portal: Parameters<WireConnection['bind']>[0]): void {
    this.#begin(this.parsedStatements[portal.statement ?? ''] ?? '');
    this.#writer?.bind(portal);
  }

  describe(what: Parameters<WireConnection['describe']>[0]): void {
    this.#writer?.describe(what);
  }

  execute(portal: Parameters<WireConnection['execute']>[0]): void {
    this.#writer?.execute(portal);
  }

  close(what: object): void {
    this.#writer?.close(what);
  }

  flush(): void {
    this.#writer?.flush();
  }

  sync(): void {
    this.#writer?.sync();
    this.#writer = undefined;
    this.#synced = true;
  }

  /** The simple protocol would run several statements, and in a transaction of their own; so it becomes the extended one. */
  query(text: string): void {
    if (this.copies === undefined) {
      this.parse({ text });
      this.bind({});
      this.describe({ type: 'P', name: '' });
    } else if (text !== this.copies) throw new UnsupportedStatementError('The COPY stream has changed its statement');
    this.execute({});
    // The server takes what follows a COPY FROM STDIN for data; its Sync has to wait for the end.
    if (this.copies === undefined) this.sync();
    else this.flush();
  }

  sendCopyFail(message: string): void {
    this.#writer?.sendCopyFail(message);
    this.sync();
  }

  on(event: string, listener: Listener): void {
    this.#connection?.on(event, this.#bind(listener));
  }

  once(event: string, listener: Listener): void {
    // A cursor that is closed after its end waits to be told of this; nobody would.
    if (event === 'readyForQuery' && this.#finished) setImmediate(listener);
    else this.#connection?.once(event, this.#bind(listener));
  }

  removeListener(event: string, listener: Listener): void {
    this.#connection?.removeListener(event, this.#listeners.get(listener) ?? listener);
  }

  #bind(listener: Listener): Listener {
    let bound = this.#listeners.get(listener);
    if (bound === undefined) {
      bound = (...args) => this.#inCallersContext(() => listener(...args));
      this.#listeners.set(listener, bound);
    }
    return bound;
  }

  #begin(text: string): void {
    if (this.announced) return;
    this.announced = true;
    this.#announce(text);
  }

  /**
   * A stream that reads takes pg's own listener off the socket, which only a COPY may do, and puts it back when it is done. So
   * the socket stays within reach then, but for writing.
   */
  #createStream(): WireStream {
    const socket = (): WireStream | undefined => {
      if (this.copies === undefined) throw new UnsupportedStatementError(NO_COPY);
      return this.#connection?.stream;
    };
    const isWritable = (): boolean => this.#connection?.stream.writable ?? false;
    const frames = new CopyFrames();
    const listen = (event: string, listener: Listener): unknown =>
      socket()?.on(event, event === 'data' ? listener : this.#bind(listener));
    return {
      get writable() {
        return isWritable();
      },
      write: (bytes) => this.#writeCopy(frames, bytes),
      on: listen,
      addListener: listen,
      once: (event, listener) => socket()?.once(event, this.#bind(listener)),
      removeListener: (event, listener) => socket()?.removeListener(event, this.#listeners.get(listener) ?? listener),
      listeners: (event) => socket()?.listeners(event) ?? [],
      read: () => socket()?.read() ?? null,
      pause: () => socket()?.pause(),
      resume: () => socket()?.resume(),
    };
  }

  #writeCopy(frames: CopyFrames, bytes: Buffer): boolean {
    if (this.#writer === undefined) return true;
    const piece = this.copies === undefined ? 'foreign' : frames.classify(bytes);
    if (piece === 'foreign') throw new UnsupportedStatementError(NO_COPY);
    const drained = this.#writer.stream.write(bytes);
    if (piece === 'done') this.sync();
    return drained;
  }
}

const NO_COPY = 'Only a COPY stream may use the socket itself, and only for its data';
