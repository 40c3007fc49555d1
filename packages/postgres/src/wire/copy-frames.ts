const COPY_DATA = 0x64;
const COPY_DONE = 0x63;
const HEADER = 5;

/** What a piece of a COPY stream is: part of the data, the end of it, or nothing a COPY stream may send. */
export type CopyPiece = 'data' | 'done' | 'foreign';

/**
 * Follows the messages that a COPY stream writes past pg's connection, to know its end and to let nothing else through. A
 * message may come in several pieces, as pg-copy-streams writes header and body, but not two in one.
 */
export class CopyFrames {
  #expected = 0;

  /**
   * Tells what a piece is.
   *
   * @param bytes - what is about to be written
   */
  classify(bytes: Buffer): CopyPiece {
    if (this.#expected > 0) return this.#take(bytes.length);
    if (bytes.length === 0) return 'data';
    const type = bytes[0];
    if (bytes.length < HEADER || (type !== COPY_DATA && type !== COPY_DONE)) return 'foreign';
    // The length counts itself, but not the type.
    this.#expected = bytes.readUInt32BE(1) + 1 - HEADER;
    const rest = this.#take(bytes.length - HEADER);
    return type === COPY_DONE && rest === 'data' && this.#expected === 0 ? 'done' : rest;
  }

  #take(length: number): CopyPiece {
    this.#expected -= length;
    return this.#expected < 0 ? 'foreign' : 'data';
  }
}
