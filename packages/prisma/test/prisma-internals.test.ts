import { PrismaPg } from '@prisma/adapter-pg';
import { describe, expect, it } from 'vitest';
import { attachContext, ModelMetadata, PrismaInternalsError } from '../src';
import { internalsOf } from '../src/client/client-internals';
import { PrismaClient } from './fixture/generated/client';

const newClient = (): PrismaClient =>
  new PrismaClient({ adapter: new PrismaPg({ connectionString: 'postgres://nobody@127.0.0.1:1/none' }) });

/** When one of these fails after an upgrade of Prisma, the context no longer reaches the database: read ADR 0005. */
describe('the parts of Prisma this package holds on to', () => {
  it('are where they were', () => {
    const internals = internalsOf(newClient());
    expect(typeof internals._createPrismaPromise).toBe('function');
    expect(typeof internals._executeRequest).toBe('function');
    expect(typeof internals._engine.request).toBe('function');
    expect(typeof internals._engine.start).toBe('function');
    expect(internals._appliedParent).toHaveProperty('note.findMany');
    expect(typeof internals._requestHandler.request).toBe('function');
    expect(internals._engineConfig.transactionOptions).toMatchObject({ maxWait: 2_000, timeout: 5_000 });
    expect(Object.keys(internals._requestHandler.dataloader.options)).toEqual(
      expect.arrayContaining(['batchBy', 'singleLoader', 'batchLoader']),
    );
  });

  it('are those of the constructed client, whatever is extended from it', () => {
    const client = newClient();
    const extended = client.$extends({ name: 'any' }).$extends({ model: { note: { shout: () => 'NOTE' } } });
    expect(internalsOf(extended)).toBe(internalsOf(client));
  });

  it('still merge the findUnique calls of a tick by a key', () => {
    const { options } = internalsOf(newClient())._requestHandler.dataloader;
    const protocolQuery = {
      action: 'findUnique',
      modelName: 'Note',
      query: { arguments: { where: { id: 1 } }, selection: { $scalars: true } },
    };
    expect(options.batchBy({ protocolQuery } as never)).toEqual(expect.any(String));
    expect(options.batchBy({ protocolQuery: { ...protocolQuery, action: 'findMany' } } as never)).toBeUndefined();
  });

  it.each([
    ['_createPrismaPromise'],
    ['_executeRequest'],
    ['$transaction'],
    ['_transactionWithCallback'],
    ['_transactionWithArray'],
    ['_createItxClient'],
    ['_appliedParent'],
    ['_engine'],
    ['_requestHandler'],
    ['_runtimeDataModel'],
    ['_engineConfig'],
  ])('are missed by name when %s is gone', (part) => {
    const original = internalsOf(newClient());
    const changed = { _originalClient: Object.create(original, { [part]: { value: undefined } }) as unknown };
    expect(() => attachContext(changed)).toThrow(PrismaInternalsError);
    expect(() => attachContext(changed)).toThrow(part);
  });

  it.each([undefined, null, {}, 'client', []])('are not looked for in %j', (value) => {
    expect(() => attachContext(value)).toThrow(PrismaInternalsError);
  });
});

describe('ModelMetadata', () => {
  const metadata = ModelMetadata.of(newClient());

  it('knows the models, and fields by name or column', () => {
    expect(metadata.names).toEqual(['Note']);
    expect(metadata.has('Note')).toBe(true);
    expect(metadata.has('toString')).toBe(false);
    expect(metadata.findField('Note', 'tenantId')).toBe('tenantId');
    expect(metadata.findField('Note', 'tenant_id')).toBe('tenantId');
    expect(metadata.findField('Note', 'parent')).toBeUndefined();
    expect(metadata.findField('Nothing', 'id')).toBeUndefined();
  });
});
