import { currentContext, InvalidTenantIdError } from '@nestarc/core';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { TenancyContext, TenancyModule } from '../../src';

describe('TenancyContext', () => {
  it('runs work as a tenant, and gives what the work returns as it is', () => {
    const context = new TenancyContext();
    expect(context.run('acme', () => [context.getTenantId(), context.isBypassed()])).toEqual(['acme', false]);
    expect(context.getTenantId()).toBeNull();
  });

  it('speaks of the same tenant in every instance', async () => {
    const seen = await new TenancyContext().run('acme', async () => {
      await Promise.resolve();
      return [new TenancyContext().getTenantId(), TenancyContext.getCurrentTenantId()];
    });
    expect(seen).toEqual(['acme', 'acme']);
  });

  it('runs work without a tenant inside of work for one', () => {
    const context = new TenancyContext();
    context.run('acme', () => {
      const inside = context.runWithoutTenant(() => [context.getTenantId(), context.isBypassed()]);
      expect(inside).toEqual([null, true]);
      expect(context.getTenantId()).toBe('acme');
      expect(context.runWithoutTenant(() => context.run('umbrella', () => currentContext()?.mode))).toBe('tenant');
    });
  });

  it.each(['', ' ', 'a\0b', 'a\nb', 'a\u202Eb', '\uD800', 'x'.repeat(256)])('refuses to run as %j', (tenantId) => {
    expect(() => new TenancyContext().run(tenantId, () => 1)).toThrow(InvalidTenantIdError);
  });

  it('goes by the rules of the module where it is injected', async () => {
    const app = await Test.createTestingModule({
      imports: [TenancyModule.forRoot({ tenantExtractor: 'X-Org' })],
    }).compile();
    const context = app.get(TenancyContext);
    expect(context.run('ACME', () => context.getTenantId())).toBe('acme');
    expect(() => context.run('a b', () => 1)).toThrow(InvalidTenantIdError);
    await app.close();
  });
});
