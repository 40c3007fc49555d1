import { InvalidOptionsError } from '@nestarc/core';
import { describe, expect, it } from 'vitest';
import { ContextPool } from '../../src';

describe('the names of the settings', () => {
  it('have defaults', () => {
    expect(new ContextPool().settings).toEqual({
      tenant: 'app.current_tenant',
      mode: 'app.mode',
      requestId: 'app.request_id',
      actorId: 'app.actor_id',
      actorType: 'app.actor_type',
    });
  });

  it.each(["x',true),pg_sleep(9)--", 'search_path', 'app.', '.x', 'a b.c', ''])('refuse %j at once', (tenant) => {
    expect(() => new ContextPool({ settings: { tenant } })).toThrow(InvalidOptionsError);
    expect(() => new ContextPool({ settings: { tenant } })).toThrow('tenant');
  });
});
