/** What is told of a statement that PostgreSQL refused. */
export interface SqlFailure {
  /** The five-character SQLSTATE. */
  readonly sqlState: string;
  /** Everything that is said about it. */
  readonly text: string;
  /** Columns that are named as the cause. */
  readonly columns: readonly string[];
}

interface DriverCause {
  readonly originalCode?: unknown;
  readonly originalMessage?: unknown;
  readonly code?: unknown;
  readonly constraint?: { readonly fields?: unknown; readonly index?: unknown };
}

interface PrismaFailure {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
  readonly meta?: {
    readonly code?: unknown;
    readonly message?: unknown;
    readonly driverAdapterError?: { readonly cause?: DriverCause };
  };
}

/** As Prisma calls what raw SQL reports by SQLSTATE. */
const PRISMA_CODES: ReadonlyMap<unknown, string> = new Map([
  ['P2002', '23505'],
  ['P2003', '23503'],
]);

/**
 * Recognises a statement that PostgreSQL refused for a constraint.
 *
 * @param error - what a statement failed with
 * @returns `undefined` for all other failures
 */
export function sqlFailure(error: unknown): SqlFailure | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const failure = error as PrismaFailure;
  const driver = failure.meta?.driverAdapterError?.cause ?? (failure.cause as DriverCause | undefined);
  const text = textOf(failure, driver);
  const sqlState = stateOf(failure, driver, text);
  if (sqlState !== undefined) return { sqlState, text, columns: columnsIn(driver?.constraint?.fields, text) };
  return failure.cause === undefined ? undefined : sqlFailure(failure.cause);
}

function textOf({ message, meta }: PrismaFailure, driver: DriverCause | undefined): string {
  return [message, meta?.message, driver?.originalMessage, driver?.constraint?.index].filter(isText).join(' ');
}

function stateOf({ code, meta }: PrismaFailure, driver: DriverCause | undefined, text: string): string | undefined {
  const told = [driver?.originalCode, driver?.code, meta?.code, PRISMA_CODES.get(code), STATE_IN_TEXT.exec(text)?.[1]];
  return told.filter(isText).find((state) => /^[0-9A-OQ-Z][0-9A-Z]{4}$/.test(state));
}

const STATE_IN_TEXT = /(?:Code: `|code: ")([0-9A-Z]{5})[`"]/;

const isText = (value: unknown): value is string => typeof value === 'string';

/** PostgreSQL names the key where the role may see the row it clashes with, and not under row-level security. */
function columnsIn(fields: unknown, text: string): readonly string[] {
  const named = Array.isArray(fields) ? fields.filter(isText) : (/Key \(([^)]+)\)/.exec(text)?.[1]?.split(',') ?? []);
  return named.map((name) => name.trim().replace(/^"|"$/g, ''));
}
