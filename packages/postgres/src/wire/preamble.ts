import type { RequestContext } from '@nestarc/core';
import { bind, execute, parse } from './frontend-messages';
import { settingsOf, type WireSettings } from './wire-settings';

/** Gives the bytes that, sent ahead of a statement, make PostgreSQL run it in a context. */
export type PreambleEncoder = (context: RequestContext) => Buffer;

/**
 * Makes an encoder of preambles: Parse, Bind and Execute of one `SELECT set_config(…, true), …`, without a Sync, so that
 * the settings and the statement that follows are one implicit transaction and vanish with it. Encoded once per context.
 *
 * @param settings - names of the settings that carry the context
 */
export function preambleEncoder(settings: WireSettings): PreambleEncoder {
  const encoded = new WeakMap<RequestContext, Buffer>();
  return (context) => {
    let preamble = encoded.get(context);
    if (preamble === undefined) encoded.set(context, (preamble = encode(settings, context)));
    return preamble;
  };
}

function encode(settings: WireSettings, context: RequestContext): Buffer {
  const entries = settingsOf(settings, context);
  // The names are validated when the pool is made; they stand in the text so that only values are parameters.
  const calls = entries.map(([name], index) => `pg_catalog.set_config('${name}',$${index + 1},true)`);
  return Buffer.concat([parse(`SELECT ${calls.join(',')}`), bind(entries.map(([, value]) => value)), execute()]);
}
