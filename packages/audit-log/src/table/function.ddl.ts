import { ddl, dollarQuoted, lines, literal, NOTHING, type Ddl } from '../sql/ddl';
import type { AuditTable } from './audit-table';

/** A function of the audit table. */
export interface FunctionDefinition {
  readonly name: string;
  /** Its parameters, as CREATE FUNCTION lists them. Defaults to none. */
  readonly parameters?: Ddl;
  /** Their types, as its signature lists them. Defaults to none. */
  readonly types?: Ddl;
  /** What it returns; parameters say it where this does not. */
  readonly returns?: Ddl;
  /** How it runs. */
  readonly attributes: Ddl;
  readonly body: Ddl;
  /** What it is marked with. */
  readonly comment: string;
}

/** How functions run, so that no setting of the caller changes what they mean. */
export const runs = Object.freeze({
  /** With the rights of the caller. */
  asCaller: ddl`SET search_path = pg_catalog, pg_temp`,
  /** With the rights of the owner. Names and operators are PostgreSQL's own, whatever the caller's search path says. */
  asOwner: ddl`SECURITY DEFINER SET search_path = pg_catalog, pg_temp`,
  /** The same, and the same value is the same text in every session; all settings together take 1 µs. */
  capturing: ddl`SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, MDY' SET intervalstyle = 'iso_8601' SET extra_float_digits = '1' SET bytea_output = 'hex'`,
});

/**
 * Makes a function and marks it.
 *
 * @param audit - the audit table
 * @param definition - the function
 */
export function functionDdl(audit: AuditTable, definition: FunctionDefinition): Ddl {
  const { name, parameters = NOTHING, types = NOTHING, returns, attributes, body, comment } = definition;
  return lines([
    ddl`CREATE OR REPLACE FUNCTION ${audit.in(name)}(${parameters})${returns ? ddl` RETURNS ${returns}` : NOTHING}
LANGUAGE plpgsql ${attributes}
AS ${dollarQuoted(body)};`,
    ddl`COMMENT ON FUNCTION ${audit.in(name)}(${types}) IS ${literal(comment)};`,
  ]);
}
