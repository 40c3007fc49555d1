import { type FurtherSettings, isSameSettings } from './further-settings';

/**
 * The further settings of one transaction. What a statement set stays in force for those that follow, so what is no longer
 * asked for has to be taken back; and after a ROLLBACK TO it is anybody's guess which of them are in force.
 */
export class TransactionSettings {
  #inForce: FurtherSettings | undefined;
  #certain = true;
  readonly #names = new Set<string>();

  /**
   * Tells whether a statement may run as it is.
   *
   * @param wanted - the further settings of the statement
   */
  holds(wanted: FurtherSettings | undefined): boolean {
    return this.#certain && isSameSettings(this.#inForce, wanted);
  }

  /**
   * What to send for a statement: what it asks for, and every other name of the transaction with the empty string.
   *
   * @param wanted - the further settings of the statement
   */
  covering(wanted: FurtherSettings | undefined): FurtherSettings | undefined {
    if (this.#names.size === 0) return wanted;
    const all = new Map<string, string>();
    for (const name of this.#names) all.set(name, '');
    for (const [name, value] of wanted ?? []) all.set(name, value);
    return all;
  }

  /**
   * Takes note of what was sent.
   *
   * @param wanted - the further settings of the statement it was sent for
   */
  sent(wanted: FurtherSettings | undefined): void {
    this.#inForce = wanted;
    this.#certain = true;
    for (const name of wanted?.keys() ?? []) this.#names.add(name);
  }

  /** Takes note of a rollback to a savepoint. */
  rolledBack(): void {
    // Before the first there is nothing to roll back to.
    this.#certain = this.#names.size === 0;
  }
}
