import { resolveOptions } from '@nestarc/core';
import { z } from 'zod';

/** Names of the PostgreSQL settings that carry the context; policies, defaults and triggers read them. */
export interface WireSettings {
  /** Setting that holds the tenant id, or the empty string. Defaults to `app.current_tenant`. */
  readonly tenant: string;
  /** Setting that holds the actor's id. Defaults to `app.actor_id`. */
  readonly actorId: string;
  /** Setting that holds the actor's type. Defaults to `app.actor_type`. */
  readonly actorType: string;
  /** Setting that holds the request id. Defaults to `app.request_id`. */
  readonly requestId: string;
  /** Setting that holds the mode, `tenant` or `bypass`. Defaults to `app.mode`. */
  readonly mode: string;
}

/** A custom setting has a prefix; the name becomes SQL text, so nothing else is let through. */
const SETTING_NAME = /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)+$/i;

/**
 * Tells whether a name is one of a custom PostgreSQL setting, such as `app.current_tenant`.
 *
 * @param name - the name
 */
export function isSettingName(name: string): boolean {
  return SETTING_NAME.test(name);
}

const settingName = z.string().refine(isSettingName, 'expected a custom setting name such as "app.current_tenant"');

const schema = z.strictObject({
  tenant: settingName.default('app.current_tenant'),
  actorId: settingName.default('app.actor_id'),
  actorType: settingName.default('app.actor_type'),
  requestId: settingName.default('app.request_id'),
  mode: settingName.default('app.mode'),
});

/**
 * Validates setting names and fills in the defaults.
 *
 * @param names - the names that differ from the defaults
 * @throws InvalidOptionsError naming the setting that is no valid name
 */
export function resolveWireSettings(names: Partial<WireSettings> = {}): WireSettings {
  return resolveOptions('The context-carrying pool', schema, names);
}
