import { describe, expect, it } from 'vitest';
import {
  amendContext,
  contextSlot,
  createContext,
  currentContext,
  parseTenantId,
  runWithContext,
  slotValue,
  withdrawIdentity,
  withSettings,
  withSlot,
} from '../src';

const acme = createContext({ tenantId: parseTenantId('acme'), requestId: 'r-1', actor: { id: 'u', type: 'user' } });
const color = contextSlot<string>('test:color');
const SETTINGS = { 'app.deleted_rows': '*' };

describe('a slot of the context', () => {
  it('holds a value for the code that runs in the context, and nobody else', async () => {
    const red = withSlot(acme, color, 'red');
    expect(red).toMatchObject({ tenantId: 'acme', requestId: 'r-1', actor: { id: 'u' } });
    expect(slotValue(color, red)).toBe('red');
    expect(await runWithContext(red, () => Promise.resolve().then(() => slotValue(color)))).toBe('red');
    expect(slotValue(color, acme)).toBeUndefined();
    expect(slotValue(color)).toBeUndefined();
  });

  it('is the same for the same name, also from another copy of the package', () => {
    expect(slotValue(contextSlot<string>('test:color'), withSlot(acme, color, 'red'))).toBe('red');
    expect(contextSlot('test:colour').key).not.toBe(color.key);
  });

  it('leaves other slots alone', () => {
    const size = contextSlot<number>('test:size');
    const both = withSlot(withSlot(acme, color, 'red'), size, 4);
    expect([slotValue(color, both), slotValue(size, both)]).toEqual(['red', 4]);
    expect(slotValue(color, withSlot(both, color, 'blue'))).toBe('blue');
    expect(slotValue(color, both)).toBe('red');
  });

  it('is there where there was no context', () => {
    expect(withSlot(undefined, color, 'red')).toMatchObject({ mode: 'tenant', tenantId: undefined });
    expect(slotValue(color, withSlot(undefined, color, 'red'))).toBe('red');
  });

  it('changes nothing where it holds the value already', () => {
    const red = withSlot(acme, color, 'red');
    expect(withSlot(red, color, 'red')).toBe(red);
    const maybe = contextSlot<string | undefined>('test:maybe');
    expect(Object.getOwnPropertySymbols(withSlot(acme, maybe, undefined).slots)).toEqual([maybe.key]);
  });
});

describe('settings of the context', () => {
  it('are merged over those that are there', () => {
    const one = withSettings(acme, { 'app.a': '1', 'app.b': '1' });
    expect(withSettings(one, { 'app.b': '2' })).toMatchObject({
      tenantId: 'acme',
      settings: { 'app.a': '1', 'app.b': '2' },
    });
    expect(one.settings).toEqual({ 'app.a': '1', 'app.b': '1' });
    expect(acme.settings).toBeUndefined();
  });

  it('make the same context of the same, so that its statements can be merged', () => {
    const made = withSettings(acme, SETTINGS);
    expect(withSettings(acme, { ...SETTINGS })).toBe(made);
    expect(withSettings(made, SETTINGS)).toBe(made);
    expect(withSettings(acme, { 'app.deleted_rows': ',users,' })).not.toBe(made);
    expect(withSettings(acme, {})).toBe(acme);
    expect(withSettings(undefined, SETTINGS)).toMatchObject({ mode: 'tenant', settings: SETTINGS });
  });
});

describe('what a context carries beyond its identity', () => {
  const full = withSettings(withSlot(acme, color, 'red'), SETTINGS);

  it('is frozen, and a copy of what was given', () => {
    const settings = { 'app.a': '1' };
    const context = createContext({ settings, slots: { [color.key]: 'red' } });
    settings['app.a'] = '2';
    expect(context.settings).toEqual({ 'app.a': '1' });
    expect([context, context.settings, context.slots].every(Object.isFrozen)).toBe(true);
    expect(Object.isFrozen(settings)).toBe(false);
    expect([full, full.settings, full.slots].every(Object.isFrozen)).toBe(true);
  });

  it('stays when the running request is amended', () => {
    const blank = withSettings(withSlot(createContext({ requestId: 'r' }), color, 'red'), SETTINGS);
    runWithContext(blank, () => {
      amendContext({ tenantId: parseTenantId('acme') });
      expect(currentContext()).toMatchObject({ tenantId: 'acme', settings: SETTINGS });
      expect(slotValue(color)).toBe('red');
      amendContext({ settings: { 'app.other': '1' } });
      expect(currentContext()?.settings).toEqual({ 'app.other': '1' });
    });
  });

  it('stays when an identity is withdrawn', () => {
    runWithContext(full, () => {
      withdrawIdentity({ tenantId: full.tenantId });
      expect(currentContext()).toMatchObject({ tenantId: undefined, settings: SETTINGS });
      expect(slotValue(color)).toBe('red');
    });
  });
});
