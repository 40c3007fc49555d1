import { type RequestContext, runWithContext } from '@nestarc/core';
import { identifier, type SqlFragment } from '@nestarc/postgres';
import type { AuditDatabase } from '../service/audit-database';
import type { AuditTable } from '../table/audit-table';

/** What a reading is made of. */
export interface AuditReading {
  /** The audit table. */
  readonly table: AuditTable;
  /** Where it is read. */
  readonly database: AuditDatabase;
  /** The context of its statements. */
  readonly context: RequestContext;
  /** Which entries may be read at all. */
  readonly where: SqlFragment;
  /** Runs before its first statement. */
  readonly announce?: ((reader: AuditReader) => Promise<void>) | undefined;
}

/** One reading: for whom, as whom, and in which context, all of which is settled when it is asked for. */
export class AuditReader {
  readonly table: AuditTable;
  /** The audit table, quoted. */
  readonly from: SqlFragment;
  /** Which entries may be read at all; the table is called `e`. */
  readonly where: SqlFragment;
  readonly #reading: AuditReading;
  #opened: Promise<void> | undefined;

  /** @param reading - what it is made of */
  constructor(reading: AuditReading) {
    this.table = reading.table;
    this.from = identifier(this.table.schema, this.table.table);
    this.where = reading.where;
    this.#reading = reading;
  }

  /**
   * Runs a statement of the reading, in the context that it was asked for in.
   *
   * @param statement - answers with one column `answer`
   */
  async answer<T>(statement: SqlFragment): Promise<T> {
    this.#opened ??= this.#reading.announce?.(this);
    await this.#opened;
    return this.run(statement);
  }

  /**
   * Runs a statement without asking whether the reading may begin.
   *
   * @param statement - answers with one column `answer`
   */
  run<T>(statement: SqlFragment): Promise<T> {
    const { context, database } = this.#reading;
    return runWithContext(context, async () => database.answer<T>(statement));
  }
}
