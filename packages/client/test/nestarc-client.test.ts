import type { AuditTransactionMethods } from '@nestarc/audit-log';
import { InvalidOptionsError } from '@nestarc/core';
import { isAttached } from '@nestarc/prisma';
import { SoftDeleteOperations } from '@nestarc/soft-delete';
import { TenancyModule, TenancyService } from '@nestarc/tenancy';
import { Test } from '@nestjs/testing';
import { PrismaPg } from '@prisma/adapter-pg';
import { beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { createNestarcClient, type NestarcClientOptions } from '../src';
import { agreedAuditOptions } from '../src/agreed-audit.options';
import { PrismaClient } from './fixture/generated/client';

const SOFT_DELETE = { softDeleteModels: ['User'] };

const bare = (): PrismaClient =>
  new PrismaClient({ adapter: new PrismaPg({ connectionString: 'postgresql://nowhere' }) });

describe('createNestarcClient', () => {
  let service: TenancyService;
  beforeAll(async () => {
    const imports = [TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id', dbSettingKey: 'shop.tenant' })];
    service = (await Test.createTestingModule({ imports }).compile()).get(TenancyService);
  });

  const problemsOf = (options: object, client = bare()): unknown => {
    try {
      createNestarcClient(client, options);
      return [];
    } catch (error) {
      if (!(error instanceof InvalidOptionsError)) throw error;
      return error.message;
    }
  };

  it('gives the very client back, with its type, and with the methods of the audit log where there is one', () => {
    const client = bare();
    const audited = createNestarcClient(client, { tenancy: { service }, softDelete: SOFT_DELETE, audit: {} });
    expect(audited).toBe(client);
    expectTypeOf(audited).toExtend<AuditTransactionMethods & PrismaClient>();
    expect(audited.withAuditTransaction).toBeTypeOf('function');
    const plain = createNestarcClient(bare(), { softDelete: SOFT_DELETE });
    expectTypeOf(plain).toEqualTypeOf<PrismaClient>();
    expect(plain).not.toHaveProperty('withAuditTransaction');
  });

  it('keeps the extensions that the client had, and their types', () => {
    const extended = bare().$extends({ client: { greeting: () => 'hello' } });
    const client = createNestarcClient(extended, { softDelete: SOFT_DELETE });
    expectTypeOf(client).toEqualTypeOf<typeof extended>();
    expect(client.greeting()).toBe('hello');
    expect(() => new SoftDeleteOperations(client)).not.toThrow();
  });

  it('does what the options name, and nothing else', () => {
    const deleting = createNestarcClient(bare(), { softDelete: SOFT_DELETE });
    expect([isAttached(deleting), () => new SoftDeleteOperations(deleting)]).toEqual([false, expect.any(Function)]);
    const scoped = createNestarcClient(bare(), { tenancy: { service } });
    expect(isAttached(scoped)).toBe(true);
    expect(() => new SoftDeleteOperations(scoped)).toThrow(InvalidOptionsError);
  });

  it('can be called twice with the same', () => {
    const options: NestarcClientOptions = { tenancy: { service }, softDelete: SOFT_DELETE, audit: {} };
    const client = bare();
    expect(createNestarcClient(createNestarcClient(client, options), options)).toBe(client);
  });

  it.each([
    [{}, 'at least one of tenancy, softDelete and audit'],
    [{ softDelete: undefined }, 'at least one of tenancy, softDelete and audit'],
    [{ softdelete: SOFT_DELETE }, 'softdelete'],
    [{ softDelete: true }, 'softDelete'],
    [{ tenancy: {} }, 'tenancy.service'],
    [{ audit: { consistency: 'best-effort' } }, 'consistency'],
    [{ audit: { trackedModel: ['User'] } }, 'trackedModel'],
    [{ softDelete: { softDeleteModels: ['Usr'] } }, 'Usr'],
  ])('refuses %j, naming what is wrong', (options, named) => {
    expect(problemsOf(options)).toContain(named);
  });

  it('looks at all options before it touches the client', () => {
    const client = bare();
    expect(
      problemsOf({ tenancy: { service }, softDelete: SOFT_DELETE, audit: { consistency: 'best-effort' } }, client),
    ).not.toEqual([]);
    expect(isAttached(client)).toBe(false);
    expect(() => new SoftDeleteOperations(client)).toThrow(InvalidOptionsError);
  });

  it('tells the audit log which setting has the tenant, and which field a soft delete sets; refuses to be told otherwise', () => {
    const tenancy = { service };
    expect(problemsOf({ tenancy, audit: { settings: { tenant: 'other.tenant' } } })).toContain(
      'audit.settings.tenant: is "other.tenant", but tenancy.dbSettingKey is "shop.tenant"',
    );
    expect(problemsOf({ tenancy, audit: { settings: { tenant: 'shop.tenant' } } })).toEqual([]);
    const softDelete = { ...SOFT_DELETE, deletedAtField: 'deletedAt' };
    expect(problemsOf({ softDelete, audit: { deletedAtField: 'removedAt' } })).toContain('audit.deletedAtField');
    expect(agreedAuditOptions({ tenancy, softDelete, audit: { recordUnchanged: true } })).toEqual({
      recordUnchanged: true,
      deletedAtField: 'deletedAt',
      settings: { tenant: 'shop.tenant' },
    });
    expect(agreedAuditOptions({ audit: {} })).toEqual({});
  });
});
