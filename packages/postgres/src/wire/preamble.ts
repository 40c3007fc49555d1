import type { RequestContext } from '@nestarc/core';
import { createHash } from 'node:crypto';
import { bind, execute, parse } from './frontend-messages';
import { type FurtherSettings, FurtherSettingsReader } from './further-settings';
import { furtherSettingsStatement, settingsStatement, settingValues } from './settings-statement';
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
  readonly #plain: PreambleForm;
  readonly #further: PreambleForm;
  readonly #reader: FurtherSettingsReader;
  readonly #closing = execute();
  #last: PreparedPreamble | undefined;
  #failures = 0;

  /** @param settings - names of the settings that carry the context */
  constructor(settings: WireSettings) {
    this.#plain = preambleForm(settingsStatement(settings));
    this.#further = preambleForm(furtherSettingsStatement(settings));
    this.#reader = new FurtherSettingsReader(settings);
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
   * The further settings of a context, or `undefined` when it has none.
   *
   * @param context - the context
   * @throws SettingRefusedError for one that statements must not carry
   */
  furtherOf(context: RequestContext): FurtherSettings | undefined {
    return this.#reader.of(context);
  }

  /**
   * The form that needs nothing prepared.
   *
   * @param context - the context to send
   * @param further - the further settings to send with it
   */
  encode(context: RequestContext, further: FurtherSettings | undefined): Buffer {
    const { opening } = further === undefined ? this.#plain : this.#further;
    return Buffer.concat([opening, bind('', settingValues(context, further)), this.#closing]);
  }

  /**
   * The prepared form. The last one is kept for the statements of the same context that follow; a WeakMap of all would cost
   * the garbage collector more than encoding again costs.
   *
   * @param context - the context to send, with its further settings
   * @throws SettingRefusedError for a setting that statements must not carry
   */
  encodePrepared(context: RequestContext): PreparedPreamble {
    if (this.#last?.context !== context) {
      const further = this.furtherOf(context);
      const form = further === undefined ? this.#plain : this.#further;
      const bytes = Buffer.concat([bind(form.name, settingValues(context, further)), this.#closing]);
      this.#last = { context, form, bytes };
    }
    return this.#last;
  }
}

/** One of the two statements that put a context into force: without further settings, or with them. */
export interface PreambleForm {
  /** Name it is prepared under. */
  readonly name: string;
  /** Parse of the prepared form, sent once per connection. */
  readonly preparation: Buffer;
  /** Parse of the form that is not prepared. */
  readonly opening: Buffer;
}

/** An encoded context. */
export interface PreparedPreamble {
  /** The context. */
  readonly context: RequestContext;
  /** What has to be prepared on the connection. */
  readonly form: PreambleForm;
  /** The messages. */
  readonly bytes: Buffer;
}

function preambleForm(text: string): PreambleForm {
  // Behind a pooler two applications may meet on one server connection: the same name must mean the same text.
  const name = `nestarc_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
  return { name, preparation: parse(name, text), opening: parse('', text) };
}
