import type { RequestContext } from '@nestarc/core';
import { SettingRefusedError } from '../errors/setting-refused.error';
import { isSettingName, type WireSettings } from './wire-settings';

/** What a context carries beyond itself: values by name, checked, the names in lower case. */
export type FurtherSettings = ReadonlyMap<string, string>;

/** Reads the further settings of contexts, and refuses those that would stand in for the context itself. */
export class FurtherSettingsReader {
  readonly #reserved: ReadonlySet<string>;
  readonly #known = new WeakMap<object, FurtherSettings>();

  /** @param settings - names of the settings that carry the context */
  constructor(settings: WireSettings) {
    this.#reserved = new Set(Object.values(settings).map((name: string) => name.toLowerCase()));
  }

  /**
   * Gives the further settings of a context, or `undefined` when it has none.
   *
   * @param context - the context
   * @throws {@link SettingRefusedError} for a name that is none, or that carries the context, and for a value that is no text
   */
  of({ settings }: RequestContext): FurtherSettings | undefined {
    if (settings === undefined) return undefined;
    let read = this.#known.get(settings);
    if (read === undefined) {
      read = this.#read(settings);
      if (Object.isFrozen(settings)) this.#known.set(settings, read);
    }
    return read.size === 0 ? undefined : read;
  }

  #read(settings: Readonly<Record<string, unknown>>): FurtherSettings {
    const read = new Map<string, string>();
    for (const [spelling, value] of Object.entries(settings)) {
      // PostgreSQL does not tell "App.Current_Tenant" from "app.current_tenant".
      const name = spelling.toLowerCase();
      const quoted = JSON.stringify(spelling);
      if (!isSettingName(spelling)) throw new SettingRefusedError(`${quoted} is not the name of a custom setting`);
      if (this.#reserved.has(name)) throw new SettingRefusedError(`${quoted} carries the context itself`);
      if (read.has(name)) throw new SettingRefusedError(`${quoted} is there twice, in other letters`);
      if (typeof value !== 'string') throw new SettingRefusedError(`the value of ${quoted} is no text`);
      read.set(name, value);
    }
    return read;
  }
}

/**
 * Tells whether two sets of further settings are the same.
 *
 * @param one - the one, `undefined` for none
 * @param other - the other
 */
export function isSameSettings(one: FurtherSettings | undefined, other: FurtherSettings | undefined): boolean {
  if (one === other) return true;
  if (one?.size !== other?.size) return false;
  for (const [name, value] of one ?? []) if (other?.get(name) !== value) return false;
  return true;
}
