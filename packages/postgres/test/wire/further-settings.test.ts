import { createContext, parseTenantId, type RequestContext } from '@nestarc/core';
import { describe, expect, it } from 'vitest';
import {
  FurtherSettingsReader,
  isSameSettings,
  resolveWireSettings,
  SettingRefusedError,
  settingsStatement,
  TransactionSettings,
} from '../../src';
import { Preamble } from '../../src/wire/preamble';

const reader = new FurtherSettingsReader(resolveWireSettings());
const having = (settings: Record<string, string>): RequestContext => createContext({ settings });

describe('a context without further settings', () => {
  const context = createContext({ tenantId: parseTenantId('acme'), requestId: 'r', actor: { id: 'u', type: 'user' } });

  it('is put into force by the five calls, and no more', () => {
    const text =
      "SELECT pg_catalog.num_nulls(pg_catalog.set_config('app.current_tenant',$1,true)," +
      "pg_catalog.set_config('app.mode',$2,true),pg_catalog.set_config('app.request_id',$3,true)," +
      "pg_catalog.set_config('app.actor_id',$4,true),pg_catalog.set_config('app.actor_type',$5,true))";
    expect(settingsStatement(resolveWireSettings())).toBe(text);
    const preamble = new Preamble(resolveWireSettings());
    const bytes = preamble.encode(context, preamble.furtherOf(context)).toString('latin1');
    const values = ['acme', 'tenant', 'r', 'u', 'user'].map(
      (value) => `\0\0\0${String.fromCharCode(value.length)}${value}`,
    );
    expect(bytes).toContain(`${text}\0\0\0B`);
    expect(bytes).toContain(`\0\x05${values.join('')}\0\0E`);
  });

  it('has none, be it that it has an empty set', () => {
    expect(reader.of(context)).toBeUndefined();
    expect(reader.of(having({}))).toBeUndefined();
  });
});

describe('a further setting', () => {
  it.each(['app.current_tenant', 'APP.Current_Tenant', 'app.mode', 'app.request_id', 'app.actor_id', 'app.actor_TYPE'])(
    'cannot be %s, which carries the context',
    (name) => {
      expect(() => reader.of(having({ [name]: 'b' }))).toThrow(SettingRefusedError);
      expect(() => reader.of(having({ [name]: 'b' }))).toThrow('carries the context itself');
    },
  );

  it('cannot be what carries the context of a pool with other names', () => {
    const other = new FurtherSettingsReader(resolveWireSettings({ tenant: 'Shop.Tenant' }));
    expect(() => other.of(having({ 'shop.tenant': 'b' }))).toThrow(SettingRefusedError);
    expect([...(other.of(having({ 'app.current_tenant': 'b' })) ?? [])]).toEqual([['app.current_tenant', 'b']]);
  });

  it.each([
    'role',
    'session_authorization',
    'search_path',
    'row_security',
    '',
    'app.',
    'app.a b',
    "app.a','b",
    'app.ä',
  ])('cannot be %j, which is the name of no custom setting', (name) => {
    expect(() => reader.of(having({ [name]: 'x' }))).toThrow(expect.objectContaining({ code: 'SETTING_REFUSED' }));
  });

  it('is a text, and there once', () => {
    expect(() => reader.of(having({ 'app.a': 1 as never }))).toThrow('no text');
    expect(() => reader.of(having({ 'app.a': '1', 'App.A': '2' }))).toThrow('twice');
  });

  it('is looked at again when it can have changed', () => {
    const settings: Record<string, string> = { 'app.a': '1' };
    const context: RequestContext = { ...createContext(), settings };
    expect(reader.of(context)?.get('app.a')).toBe('1');
    settings['app.mode'] = 'bypass';
    expect(() => reader.of(context)).toThrow(SettingRefusedError);
  });
});

describe('the further settings of a transaction', () => {
  const a = new Map([['app.a', '1']]);

  it('hold while they are the same', () => {
    const settings = new TransactionSettings();
    expect(settings.holds(undefined)).toBe(true);
    expect(settings.holds(a)).toBe(false);
    settings.sent(a);
    expect(settings.holds(new Map(a))).toBe(true);
    expect(settings.holds(undefined)).toBe(false);
    expect(isSameSettings(a, new Map([['app.a', '2']]))).toBe(false);
    expect(isSameSettings(a, new Map([['app.b', '1']]))).toBe(false);
  });

  it('are taken back under every name that was ever sent', () => {
    const settings = new TransactionSettings();
    expect(settings.covering(undefined)).toBeUndefined();
    settings.sent(a);
    settings.sent(new Map([['app.b', '1']]));
    expect([...(settings.covering(undefined) ?? [])]).toEqual([
      ['app.a', ''],
      ['app.b', ''],
    ]);
    expect(settings.covering(a)?.get('app.a')).toBe('1');
  });

  it('are uncertain after a rollback to a savepoint', () => {
    const settings = new TransactionSettings();
    settings.rolledBack();
    expect(settings.holds(undefined)).toBe(true);
    settings.sent(a);
    settings.rolledBack();
    expect(settings.holds(a)).toBe(false);
    settings.sent(undefined);
    expect(settings.holds(undefined)).toBe(true);
  });
});
