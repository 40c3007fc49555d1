import type { RequestContext } from '@nestarc/core';
import { createHash } from 'node:crypto';
import { bind, execute, parse } from './frontend-messages';
import { settingsStatement, settingValues } from './settings-statement';
import type { WireSettings } from './wire-settings';

/** A connection forgets a prepared statement when a program says DEALLOCATE ALL, too: that is no reason to give up. */
const MAX_FAILURES = 3;

/**
 * Encodes what is sent ahead of a statement to make PostgreSQL run it in a context: one SELECT of `set_config(…, true)`
 * calls without a Sync, so that the settings and the statement are one implicit transaction and vanish together.
 *
 * Sent as a new statement each time, the SELECT is parsed and planned each time: 104 µs of the server's time measured
 * beside a statement of 174 µs. Prepared once per connection it costs 19 µs. Poolers that give each transaction another
 * server connection (PgBouncer before 1.21) know no prepared statements. There it fails before the statement itself has run,
 * which is then sent again without; after a few such failures the pool does without for good.
 */
export class Preamble {
  /** Parse of the prepared form, sent once per connection. */
  readonly preparation: Buffer;
  readonly #opening: Buffer;
  readonly #closing = execute();
  readonly #name: string;
  #last: { readonly context: RequestContext; readonly bytes: Buffer } | undefined;
  #failures = 0;

  /** @param settings - names of the settings that carry the context */
  constructor(settings: WireSettings) {
    const text = settingsStatement(settings);
    // Behind a pooler two applications may meet on one server connection: the same name must mean the same text.
    this.#name = `nestarc_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
    this.#opening = parse('', text);
    this.preparation = parse(this.#name, text);
  }

  /** Whether connections may use the prepared form. */
  get usesPrepared(): boolean {
    return this.#failures < MAX_FAILURES;
  }

  /** Takes note that the server did not know, or already had, the prepared form; enough of that turns it off. */
  preparedFailed(): void {
    this.#failures += 1;
    if (this.#failures !== MAX_FAILURES) return;
    process.emitWarning(
      'Prepared statements do not last on these connections, as behind a pooler in transaction mode: going on without',
      'NestarcWarning',
    );
  }

  /**
   * The form that needs nothing prepared.
   *
   * @param context - the context to send
   */
  encode(context: RequestContext): Buffer {
    return Buffer.concat([this.#opening, bind('', settingValues(context)), this.#closing]);
  }

  /**
   * The prepared form. The last one is kept for the statements of the same context that follow; a WeakMap of all would cost
   * the garbage collector more than encoding again costs.
   *
   * @param context - the context to send
   */
  encodePrepared(context: RequestContext): Buffer {
    if (this.#last?.context !== context) {
      this.#last = { context, bytes: Buffer.concat([bind(this.#name, settingValues(context)), this.#closing]) };
    }
    return this.#last.bytes;
  }
}
