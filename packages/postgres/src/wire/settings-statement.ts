import type { RequestContext } from '@nestarc/core';
import type { WireSettings } from './wire-settings';

/**
 * The statement that puts a context into force until the end of the transaction it runs in. Its parameters are the
 * {@link settingValues} of the context.
 *
 * @param settings - names of the settings that carry the context
 */
export function settingsStatement(settings: WireSettings): string {
  // The names are validated when the options are resolved; they stand in the text so that only values are parameters.
  const names = [settings.tenant, settings.mode, settings.requestId, settings.actorId, settings.actorType];
  const calls = names.map((name, index) => `pg_catalog.set_config('${name}',$${index + 1},true)`);
  // num_nulls() takes them all and answers with one small number instead of every value again.
  return `SELECT pg_catalog.num_nulls(${calls.join(',')})`;
}

/**
 * The parameters of the {@link settingsStatement} for a context. Every setting is sent every time, empty where the context
 * has no value: a caller's own session-level `set_config(…, false)` on the same connection must not show through.
 *
 * @param context - the context to put into force
 */
export function settingValues({ tenantId, mode, requestId, actor }: RequestContext): readonly string[] {
  return [tenantId ?? '', mode, requestId ?? '', actor?.id ?? '', actor?.type ?? ''];
}
