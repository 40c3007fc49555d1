/** Metadata with the options of one controller or handler. */
export const REQUEST_TRANSACTION = Symbol.for('@nestarc/prisma:RequestTransaction');

/** Metadata that takes a controller or handler out. */
export const NO_REQUEST_TRANSACTION = Symbol.for('@nestarc/prisma:NoRequestTransaction');

/** Provides the options that hold for all requests. */
export const REQUEST_TRANSACTION_OPTIONS = Symbol.for('@nestarc/prisma:REQUEST_TRANSACTION_OPTIONS');
