import { derivedName, digestOf, name, type Ddl } from '../sql/ddl';

/** The audit table, and the names of what belongs to it. */
export class AuditTable {
  /** Quoted and qualified. */
  readonly quoted: Ddl;
  /** Holds rows for whose month there is no partition. */
  readonly defaultPartition: string;
  /** Numbers the statements. */
  readonly sequence: string;
  /** Trigger function that refuses changes. */
  readonly blockFunction: string;
  /** Trigger function that numbers a statement before anything it causes. */
  readonly orderFunction: string;
  /** Function that makes partitions. */
  readonly partitionsFunction: string;
  /** Function that tells how the partitions are. */
  readonly stateFunction: string;
  /** Function that writes an entry of the application's own. */
  readonly logFunction: string;
  /** Function that takes sensitive keys out of JSON. */
  readonly redactFunction: string;
  /** Function that closes a partition to everyone. */
  readonly sealFunction: string;
  /** Function that tells what is old enough to be removed. */
  readonly prunableFunction: string;
  /** Function that removes it. */
  readonly pruneFunction: string;
  /** Function that tells when tables were emptied. */
  readonly truncationsFunction: string;
  /** Trigger that refuses UPDATE. */
  readonly noUpdateTrigger: string;
  /** Trigger that refuses DELETE. */
  readonly noDeleteTrigger: string;
  /** Trigger that refuses TRUNCATE. */
  readonly noTruncateTrigger: string;

  /**
   * @param schema - schema of the table
   * @param table - name of the table
   */
  constructor(
    readonly schema: string,
    readonly table: string,
  ) {
    this.quoted = name(schema, table);
    this.defaultPartition = derivedName(table, '_default');
    this.sequence = derivedName(table, '_seq_seq');
    this.blockFunction = derivedName(table, '_block_mutation');
    this.orderFunction = derivedName(table, '_order');
    this.partitionsFunction = derivedName(table, '_ensure_partitions');
    this.stateFunction = derivedName(table, '_partition_state');
    this.logFunction = derivedName(table, '_log');
    this.redactFunction = derivedName(table, '_redact');
    this.sealFunction = derivedName(table, '_seal_partition');
    this.prunableFunction = derivedName(table, '_prunable');
    this.pruneFunction = derivedName(table, '_prune');
    this.truncationsFunction = derivedName(table, '_truncations');
    this.noUpdateTrigger = derivedName(table, '_no_update_trg');
    this.noDeleteTrigger = derivedName(table, '_no_delete_trg');
    this.noTruncateTrigger = derivedName(table, '_no_truncate_trg');
  }

  /** The table as messages and settings name it. */
  get display(): string {
    return `${this.schema}.${this.table}`;
  }

  /** Marks the functions of the audit table. */
  get functionComment(): string {
    return `nestarc audit: ${this.display}`;
  }

  /** Marks those of the tables that are tracked. */
  get captureComment(): string {
    return `${this.functionComment}, capture`;
  }

  /**
   * Quotes the name of something in the schema of the table.
   *
   * @param object - its name
   */
  in(object: string): Ddl {
    return name(this.schema, object);
  }

  /**
   * Tells the capture function of a table.
   *
   * @param schema - schema of that table
   * @param table - its name
   */
  captureFunction(schema: string, table: string): string {
    const stem = `${this.table}_capture_`;
    if (schema === this.schema && !table.includes('.')) return derivedName(stem, table);
    // Tables of one name in two schemas have a function each, and so have "a.b" and b in the schema a.
    return derivedName(`${stem}${schema}.${table}`, `_${digestOf(JSON.stringify([schema, table]))}`);
  }
}
