import { PrismaPg } from '@prisma/adapter-pg';
import { describe, expect, it } from 'vitest';
import { ModelMetadata, PrismaInternalsError } from '../../src';
import { internalsOf } from '../../src/client/client-internals';
import { PrismaClient } from '../fixture/generated/client';
import { PrismaClient as HardClient } from './fixture/generated/client';

const adapter = (): PrismaPg => new PrismaPg({ connectionString: 'postgres://nobody@127.0.0.1:1/none' });

describe('ModelMetadata.model', () => {
  it('describes the models of a generated client', () => {
    const note = ModelMetadata.of(new PrismaClient({ adapter: adapter() })).model('Note');
    expect(note).toMatchObject({ name: 'Note', table: 'notes', primaryKey: ['id'] });
    expect(note?.field('tenantId')).toMatchObject({ column: 'tenant_id', kind: 'scalar', type: 'String' });
    expect(note?.field('parent')?.relation).toEqual({
      name: 'replies',
      model: 'Note',
      fields: ['parentId'],
      references: ['id'],
      opposite: 'replies',
      onDelete: undefined,
      isManyToMany: false,
    });
  });

  it('knows keys and relations that the runtime data model leaves out', () => {
    const metadata = ModelMetadata.of(new HardClient({ adapter: adapter() }));
    expect(metadata.names.map((name) => metadata.model(name)?.name)).toEqual(metadata.names);
    const account = metadata.model('Account');
    expect(account?.primaryKey).toEqual(['tenantId', 'number']);
    expect(account?.uniques).toEqual([
      { name: 'accountKey', fields: ['tenantId', 'number'] },
      { name: 'email', fields: ['email'] },
      { name: 'handle', fields: ['handle'] },
      { name: 'tenantId_handle', fields: ['tenantId', 'handle'] },
      { name: 'mailAndRole', fields: ['email', 'role'] },
      { name: 'nonce', fields: ['nonce'] },
    ]);
    expect(metadata.model('Post')?.field('writer')?.relation).toMatchObject({
      fields: ['writerTenant', 'writerNumber'],
      references: ['tenantId', 'number'],
      onDelete: 'Cascade',
    });
  });

  it('knows no model that the schema does not have', () => {
    const metadata = ModelMetadata.of(new PrismaClient({ adapter: adapter() }));
    expect(metadata.model('Nothing')).toBeUndefined();
    expect(metadata.model('toString')).toBeUndefined();
  });

  it('reads the schema once per client, whatever is extended from it', () => {
    const client = new PrismaClient({ adapter: adapter() });
    const note = ModelMetadata.of(client).model('Note');
    expect(ModelMetadata.of(client.$extends({ name: 'any' })).model('Note')).toBe(note);
  });

  it('refuses a client without the schema only when it is asked for', () => {
    const original = internalsOf(new PrismaClient({ adapter: adapter() }));
    const bare = Object.create(original, { _engineConfig: { value: {} } }) as typeof original;
    const metadata = ModelMetadata.of({ _originalClient: bare });
    expect(metadata.names).toEqual(['Note']);
    expect(() => metadata.model('Note')).toThrow(PrismaInternalsError);
  });
});
