import type { RequestContext } from '@nestarc/core';
import type { FurtherSettings } from './further-settings';
import type { WireSettings } from './wire-settings';

/**
 * The statement that puts a context into force until the end of the transaction it runs in. Its parameters are the
 * {@link settingValues} of the context.
 *
 * @param settings - names of the settings that carry the context
 */
export function settingsStatement(settings: WireSettings): string {
  return statement(calls(settings));
}

/**
 * As {@link settingsStatement}, for a context with further settings, whose names are parameters like their values.
 *
 * @param settings - names of the settings that carry the context
 */
export function furtherSettingsStatement(settings: WireSettings): string {
  return statement([...calls(settings), FURTHER]);
}

/**
 * count() looks at each value, so each is set. The arrays are made of texts here, because that is what every driver can send.
 * Only the bare name `unnest` takes two arrays, and it is PostgreSQL's own whatever the search path says.
 */
const FURTHER =
  '(SELECT pg_catalog.count(pg_catalog.set_config(f.name,f.value,true)) FROM unnest(' +
  '$6::pg_catalog.text::pg_catalog.text[],$7::pg_catalog.text::pg_catalog.text[]) AS f(name,value))';

function calls(settings: WireSettings): readonly string[] {
  // The names are validated when the options are resolved; they stand in the text so that only values are parameters.
  const names = [settings.tenant, settings.mode, settings.requestId, settings.actorId, settings.actorType];
  return names.map((name, index) => `pg_catalog.set_config('${name}',$${index + 1},true)`);
}

/** num_nulls() takes them all and answers with one small number instead of every value again. */
const statement = (parts: readonly string[]): string => `SELECT pg_catalog.num_nulls(${parts.join(',')})`;

/**
 * The parameters of the {@link settingsStatement} for a context, or of the {@link furtherSettingsStatement}. Every setting is
 * sent every time, empty where the context has no value: a caller's own session-level `set_config(…, false)` on the same
 * connection must not show through.
 *
 * @param context - the context to put into force
 * @param further - its further settings, if it has any
 */
export function settingValues(
  { tenantId, mode, requestId, actor }: RequestContext,
  further?: FurtherSettings,
): readonly string[] {
  const values = [tenantId ?? '', mode, requestId ?? '', actor?.id ?? '', actor?.type ?? ''];
  if (further !== undefined) values.push(arrayLiteral(further.keys()), arrayLiteral(further.values()));
  return values;
}

const arrayLiteral = (texts: Iterable<string>): string =>
  `{${Array.from(texts, (text) => `"${text.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
