import { PrismaInternalsError } from '../errors/prisma-internals.error';

/**
 * The parts of a Prisma client that this package holds on to. Prisma documents none of them; they are looked up here and
 * nowhere else, checked when a client is attached, and pinned by `test/prisma-internals.test.ts`, so that a release of
 * Prisma that changes them is refused at boot instead of running without a tenant.
 */
export interface ClientInternals {
  /** Makes the lazy promise that every model and raw method returns. */
  _createPrismaPromise: CreatePrismaPromise;
  /** Sends an operation on its way, after every query extension has had its say; `this` is the extended client. */
  _executeRequest: ExecuteRequest;
  /** Opens an interactive transaction, or an array transaction. */
  $transaction<T>(callback: (client: object) => Promise<T>, options: PrismaTransactionOptions): Promise<T>;
  /** What `$transaction` does with a callback. */
  _transactionWithCallback: (this: unknown, request: CallbackTransactionRequest) => Promise<unknown>;
  /** What `$transaction` does with an array of operations. */
  _transactionWithArray: (this: unknown, request: ArrayTransactionRequest) => Promise<unknown>;
  /** Makes the client that a transaction's callback is given; the other arguments are Prisma's own. */
  _createItxClient: (this: unknown, transaction: InteractiveTransaction, ...rest: unknown[]) => object;
  /** The client as the user constructed it: with the delegates of its models, and without extensions. */
  readonly _appliedParent: unknown;
  readonly _engine: Engine;
  readonly _requestHandler: RequestHandler;
  readonly _engineConfig: {
    readonly adapter?: unknown;
    readonly transactionOptions?: PrismaTransactionOptions;
    /** The schema that the client was generated from, as text. */
    readonly inlineSchema?: unknown;
  };
  readonly _clientVersion?: string;
  readonly _runtimeDataModel: RuntimeDataModel;
  readonly _activeProvider?: string | undefined;
}

/** Options of a transaction, as Prisma names them. */
export interface PrismaTransactionOptions {
  readonly maxWait?: number;
  readonly timeout?: number;
  readonly isolationLevel?: IsolationLevel;
}

/** How far PostgreSQL keeps concurrent transactions apart, in Prisma's words. */
export type IsolationLevel = 'ReadUncommitted' | 'ReadCommitted' | 'RepeatableRead' | 'Serializable';

/** An interactive transaction, as Prisma passes it along with each of its operations: the same object each time. */
export interface InteractiveTransaction {
  readonly kind: 'itx';
  readonly id: string;
  readonly payload?: unknown;
}

/** Arguments of `$transaction(callback)`. */
export interface CallbackTransactionRequest {
  readonly callback: (client: object) => unknown;
  readonly options?: PrismaTransactionOptions | undefined;
}

/** Arguments of `$transaction([…])`. */
export interface ArrayTransactionRequest {
  readonly promises: readonly unknown[];
  readonly options?: PrismaTransactionOptions | undefined;
}

/** Runs a query, in Prisma's JSON protocol. */
export interface Engine {
  /** Connects, unless that has been done. */
  start(): Promise<void>;
  request(
    query: object,
    options: { readonly interactiveTransaction: object; readonly isWrite: true },
  ): Promise<unknown>;
}

/** The second argument describes the operation; it is passed on untouched. */
export type CreatePrismaPromise = (run: (transaction: unknown) => unknown, ...description: unknown[]) => unknown;

/** Sends an operation to the request handler. */
export type ExecuteRequest = (this: unknown, request: OperationRequest) => Promise<unknown>;

/** An operation, as the client hands it to the request handler. */
export interface OperationRequest {
  readonly args: unknown;
  /** What is run: `findMany`, or `queryRaw`. */
  readonly action: string;
  /** Where the answer of the fluent API is found in that of the operation: `['select', 'posts']`. */
  readonly dataPath: readonly string[];
  readonly transaction?: TransactionInfo | undefined;
  readonly model?: string | undefined;
  /** The call as the user wrote it: `user.findMany`, or `$queryRaw`. */
  readonly clientMethod: string;
  /** Turns the arguments of the user into those of the query, for counts, aggregates and raw SQL. */
  readonly argsMapper?: unknown;
  /** Turns the answer of the query into that of the operation, for counts and aggregates. */
  readonly unpacker?: unknown;
}

/** Turns a request into a query, and a failure into the error the caller sees. */
export interface RequestHandler {
  readonly dataloader: { readonly options: DataLoaderOptions };
  request: (request: EngineRequest) => Promise<unknown>;
  handleRequestError(failure: RequestFailure): void;
}

/** The transaction an operation belongs to: an interactive one, or a batch, whose members share a lock. */
export interface TransactionInfo {
  readonly kind?: string;
  readonly id?: unknown;
  readonly lock?: object;
}

/** One operation on its way to the engine. */
export interface EngineRequest {
  readonly transaction?: TransactionInfo;
}

/** What the request handler knows about a failed operation. */
export interface RequestFailure {
  readonly error: unknown;
}

/** Prisma merges the operations of one tick whose key is the same. */
export interface DataLoaderOptions {
  batchBy: (request: EngineRequest) => string | undefined;
  singleLoader: (request: EngineRequest) => Promise<unknown>;
  batchLoader: (requests: readonly EngineRequest[]) => Promise<unknown>;
}

/** The data model as the generated client carries it. */
export interface RuntimeDataModel {
  readonly models: Readonly<Record<string, RuntimeModel>>;
}

/** A model of the data model. */
export interface RuntimeModel {
  readonly dbName?: string | null;
  /** Prisma 7 and later tell. */
  readonly schema?: string | null;
  readonly fields: readonly RuntimeField[];
}

/** A field of a model. */
export interface RuntimeField {
  readonly name: string;
  readonly dbName?: string | null;
  readonly kind: string;
  readonly type: string;
  readonly relationName?: string | null;
}

/**
 * Looks up the internals of a client: of the client the user constructed, whatever extensions lie on top.
 *
 * @param client - a Prisma client, extended or not
 * @throws {@link PrismaInternalsError} when the client is none, or its version keeps these parts elsewhere
 */
export function internalsOf(client: unknown): ClientInternals {
  const original = read(client, '_originalClient');
  const loader = read(read(original, '_requestHandler'), 'dataloader');
  const expected: readonly (readonly [string, unknown, string])[] = [
    ['_createPrismaPromise', read(original, '_createPrismaPromise'), 'function'],
    ['_executeRequest', read(original, '_executeRequest'), 'function'],
    ['$transaction', read(original, '$transaction'), 'function'],
    ['_transactionWithCallback', read(original, '_transactionWithCallback'), 'function'],
    ['_transactionWithArray', read(original, '_transactionWithArray'), 'function'],
    ['_createItxClient', read(original, '_createItxClient'), 'function'],
    ['_appliedParent', read(original, '_appliedParent'), 'object'],
    ['_engine.start', read(read(original, '_engine'), 'start'), 'function'],
    ['_engine.request', read(read(original, '_engine'), 'request'), 'function'],
    ['_requestHandler.request', read(read(original, '_requestHandler'), 'request'), 'function'],
    ['_requestHandler.handleRequestError', read(read(original, '_requestHandler'), 'handleRequestError'), 'function'],
    ['_requestHandler.dataloader.options.batchBy', read(read(loader, 'options'), 'batchBy'), 'function'],
    ['_requestHandler.dataloader.options.singleLoader', read(read(loader, 'options'), 'singleLoader'), 'function'],
    ['_requestHandler.dataloader.options.batchLoader', read(read(loader, 'options'), 'batchLoader'), 'function'],
    ['_runtimeDataModel.models', read(read(original, '_runtimeDataModel'), 'models'), 'object'],
    ['_engineConfig', read(original, '_engineConfig'), 'object'],
  ];
  const missing = expected.filter(([, value, type]) => typeof value !== type || value === null);
  if (missing.length > 0) {
    throw new PrismaInternalsError(
      missing.map(([path]) => path),
      read(original, '_clientVersion'),
    );
  }
  return original as ClientInternals;
}

function read(holder: unknown, key: string): unknown {
  return typeof holder === 'object' && holder !== null ? (holder as Record<string, unknown>)[key] : undefined;
}
