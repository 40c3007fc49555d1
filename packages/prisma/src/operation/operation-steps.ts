import type { SqlFragment } from '@nestarc/postgres';
import type { TransactionInfo } from '../client/client-internals';
import type { DirectOperations } from './direct-operations';
import type { OperationTransaction, PlannedOperation } from './operation-plan';
import { isRead } from './planned-call';

/** What a statement that certainly changes nothing begins with. */
const SELECT = /^\s*select\b/i;

/** Runs the steps of plans, and knows whether they have written anything. */
export class OperationSteps implements OperationTransaction {
  readonly #direct: DirectOperations;
  readonly #transaction: TransactionInfo | undefined;
  #hasWritten = false;

  constructor(direct: DirectOperations, transaction: TransactionInfo | undefined) {
    this.#direct = direct;
    this.#transaction = transaction;
  }

  /** Whether something was written that must not be kept without the rest. */
  get hasWritten(): boolean {
    return this.#hasWritten;
  }

  /** Takes note of something that was written. */
  wrote(): void {
    this.#hasWritten = true;
  }

  async execute(statement: SqlFragment): Promise<number> {
    const count = Number(await this.#direct.runRaw('$executeRawUnsafe', statement, this.#transaction));
    if (count > 0) this.wrote();
    return count;
  }

  async query<T>(statement: SqlFragment): Promise<T[]> {
    const rows = await this.#direct.runRaw('$queryRawUnsafe', statement, this.#transaction);
    if (!SELECT.test(statement.text)) this.wrote();
    return rows as T[];
  }

  async run(operation: PlannedOperation): Promise<unknown> {
    const answer = await this.#direct.run(operation, this.#transaction);
    if (!isRead(operation.action)) this.wrote();
    return answer;
  }
}
