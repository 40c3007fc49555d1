import { createContext, currentContext, InvalidOptionsError, NestarcError, runWithContext } from '@nestarc/core';
import { Injectable, Logger, Module } from '@nestjs/common';
import { EventEmitter2, EventEmitterModule } from '@nestjs/event-emitter';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import {
  HeaderTenantExtractor,
  TENANCY_MODULE_OPTIONS,
  TenancyModule,
  type TenancyModuleOptions,
  type TenancyModuleOptionsFactory,
  TenancyService,
  TenantContextMissingError,
  userProof,
} from '../src';

@Injectable()
class OptionsFactory implements TenancyModuleOptionsFactory {
  createTenancyOptions(): TenancyModuleOptions {
    return { tenantExtractor: 'X-Org' };
  }
}

@Module({ providers: [OptionsFactory], exports: [OptionsFactory] })
class OptionsModule {}

const start = (module: ReturnType<typeof TenancyModule.forRoot>) =>
  Test.createTestingModule({ imports: [module] }).compile();

describe('TenancyModule', () => {
  const registrations = {
    forRoot: () => TenancyModule.forRoot({ tenantExtractor: 'X-Org' }),
    'forRootAsync with useFactory': () =>
      TenancyModule.forRootAsync({ useFactory: () => Promise.resolve({ tenantExtractor: 'X-Org' }) }),
    'forRootAsync with useClass': () => TenancyModule.forRootAsync({ useClass: OptionsFactory }),
    'forRootAsync with useExisting': () =>
      TenancyModule.forRootAsync({ imports: [OptionsModule], useExisting: OptionsFactory }),
  };

  it.each(Object.entries(registrations))('%s provides resolved, frozen options', async (_name, register) => {
    const app = await start(register());
    const options: unknown = app.get(TENANCY_MODULE_OPTIONS);
    expect(options).toMatchObject({ dbSettingKey: 'app.current_tenant' });
    expect(options).toHaveProperty('tenantExtractor', expect.any(HeaderTenantExtractor));
    expect(Object.isFrozen(options)).toBe(true);
    await app.close();
  });

  it('refuses forRootAsync without a source of options', () => {
    expect(() => TenancyModule.forRootAsync({})).toThrow(
      '[TenancyModule] forRootAsync requires one of: useFactory, useClass, or useExisting',
    );
  });

  it.each([
    [{}, 'tenantExtractor'],
    [{ tenantExtractor: '' }, 'tenantExtractor'],
    [{ tenantExtractor: { type: 'header' } }, 'tenantExtractor'],
    [{ tenantExtractor: 'X-Org', validateTenantId: true }, 'validateTenantId'],
    [{ tenantExtractor: 'X-Org', dbSettingKey: 5 }, 'dbSettingKey'],
    [{ tenantExtractor: 'X-Org', dbSettingKey: 'search_path' }, 'dbSettingKey'],
    [{ tenantExtractor: 'X-Org', tenantExtrator: 'typo' }, 'tenantExtrator'],
    [{ tenantExtractor: 'X-Org', proof: [] }, 'proof'],
    [{ tenantExtractor: 'X-Org', proof: {} }, 'proof'],
    [{ tenantExtractor: 'X-Org', proof: { needs: 'guards', prove: () => undefined } }, 'proof'],
    [{ tenantExtractor: { needs: 'nothing', extract: () => 'acme' } }, 'tenantExtractor'],
    [{ tenantExtractor: 'X-Org', membership: {} }, 'membership'],
    [{ tenantExtractor: 'X-Org', tenantIdFormat: 'ulid' }, 'tenantIdFormat'],
    [{ tenantExtractor: 'X-Org', timeoutMs: 0 }, 'timeoutMs'],
    [{ tenantExtractor: 'X-Org', telemetry: { span: true } }, 'span'],
    [{ tenantExtractor: 'X-Org', guard: 'none' }, 'guard'],
  ])('refuses %j at boot and names the option', async (options, path) => {
    const boot = start(TenancyModule.forRoot(options as unknown as TenancyModuleOptions));
    await expect(boot).rejects.toBeInstanceOf(InvalidOptionsError);
    await expect(boot).rejects.toThrow(path);
  });
});

describe('a proof that names no tenant', () => {
  const boot = async (options: TenancyModuleOptions): Promise<void> => {
    const app = (await start(TenancyModule.forRoot(options))).createNestApplication();
    await app.init().finally(() => app.close());
  };
  const proof = userProof({ claim: null });

  it('needs somebody who knows the members, and something that names the tenant', async () => {
    await expect(boot({ tenantExtractor: 'X-Org', proof })).rejects.toThrow('membership');
    await expect(boot({ proof, membership: { isMember: () => true } })).rejects.toThrow('tenantExtractor');
    await boot({ tenantExtractor: 'X-Org', proof, membership: { isMember: () => true } });
    await boot({ tenantExtractor: 'X-Org', proof: [proof, userProof()] });
  });
});

describe('TenancyService', () => {
  const withService = async (work: (service: TenancyService) => Promise<void> | void): Promise<void> => {
    const app = await start(TenancyModule.forRoot({ tenantExtractor: 'X-Org' }));
    await work(app.get(TenancyService));
    await app.close();
  };

  it('tells the current tenant', () =>
    withService(async (service) => {
      expect(service.getCurrentTenant()).toBeNull();
      expect(() => service.getCurrentTenantOrThrow()).toThrow(TenantContextMissingError);
      await service.runAs('ACME', () => {
        expect(service.getCurrentTenantOrThrow()).toBe('acme');
        expect(service.isTenantBypassed()).toBe(false);
      });
    }));

  it('keeps request id and actor when it changes the tenant', () =>
    withService(async (service) => {
      const outer = createContext({ requestId: 'r-1', actor: { id: 'u', type: 'user' } });
      await runWithContext(outer, () =>
        service.runAs('acme', () => {
          expect(currentContext()).toMatchObject({ requestId: 'r-1', actor: { id: 'u' }, tenantId: 'acme' });
        }),
      );
    }));

  it('leaves the tenant in withoutTenant and takes it back after', () =>
    withService(async (service) => {
      await service.runAs('acme', async () => {
        await service.withoutTenant(() => {
          expect(service.getCurrentTenant()).toBeNull();
          expect(service.isTenantBypassed()).toBe(true);
        });
        expect(service.getCurrentTenant()).toBe('acme');
      });
    }));

  it.each(['', 'a b', "'; --", 'a'.repeat(64)])('refuses to run as %j', (id) =>
    withService(async (service) => {
      await expect(service.runAs(id, () => 1)).rejects.toMatchObject({ code: 'TENANT_ID_INVALID', status: 400 });
    }),
  );
});

describe('events', () => {
  it('reach the application’s emitter, and a failing listener never reaches the caller', async () => {
    const app = await Test.createTestingModule({
      imports: [EventEmitterModule.forRoot(), TenancyModule.forRoot({ tenantExtractor: 'X-Org' })],
    }).compile();
    await app.init();
    Logger.overrideLogger(false);
    const seen: unknown[] = [];
    const emitter = app.get(EventEmitter2);
    const rejects: (...args: unknown[]) => unknown = () => Promise.reject(new Error('listener'));
    emitter.on('tenant.context_bypassed', rejects);
    emitter.on('tenant.context_bypassed', () => {
      throw new Error('listener');
    });
    emitter.on('tenant.context_bypassed', (payload) => seen.push(payload));
    emitter.once('tenant.context_bypassed', (payload) => seen.push(payload));
    emitter.onAny((event) => seen.push(event));
    const service = app.get(TenancyService);
    expect(await service.runAs('acme', () => service.withoutTenant(() => 'done'))).toBe('done');
    const payload = { reason: 'withoutTenant', previousTenantId: 'acme' };
    expect(seen).toEqual(['tenant.context_bypassed', payload, payload]);
    await service.runAs('acme', () => service.withoutTenant(() => 'again'));
    expect(seen).toHaveLength(5);
    await app.close();
  });
});

describe('errors', () => {
  it('are recognised by brand, whichever copy of the class made them', () => {
    const foreign = Object.assign(new Error('x'), { [Symbol.for('@nestarc/core:error')]: true });
    expect(foreign).toBeInstanceOf(NestarcError);
    expect(new Error('x')).not.toBeInstanceOf(NestarcError);
    expect(foreign).not.toBeInstanceOf(TenantContextMissingError);
  });
});
