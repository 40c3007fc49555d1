import { InvalidOptionsError } from '@nestarc/core';
import { ModelMetadata } from '@nestarc/prisma';
import { PrismaPg } from '@prisma/adapter-pg';
import { describe, expect, it } from 'vitest';
import { CascadeRelationNotFoundError, SoftDeleteFieldMissingError } from '../../src/errors/boot.errors';
import { SoftDeleteSchema } from '../../src/model/soft-delete-schema';
import { resolveSoftDeleteOptions } from '../../src/options/soft-delete-options.schema';
import type { SoftDeleteExtensionOptions } from '../../src/options/soft-delete.options';
import { PrismaClient } from '../fixture/generated/client';
import { PrismaClient as OddClient } from '../odd/generated/client';

// Nothing connects here: the metadata is in the client.
const metadata = ModelMetadata.of(new PrismaClient({ adapter: new PrismaPg({}) }));

const schemaFor = (options: SoftDeleteExtensionOptions): SoftDeleteSchema =>
  new SoftDeleteSchema(metadata, resolveSoftDeleteOptions(options));

const pathsRefused = (options: unknown): string[] => {
  try {
    schemaFor(options as SoftDeleteExtensionOptions);
  } catch (error) {
    if (error instanceof InvalidOptionsError) return error.problems.map(({ path }) => path);
    throw error;
  }
  return [];
};

describe('the models of an extension', () => {
  it('are found in any case, with the fields that mark their rows', () => {
    expect(schemaFor({ softDeleteModels: ['user', 'TEAM'] }).models).toMatchObject([
      { name: 'User', deletedAt: 'deletedAt', deletedBy: 'deletedBy', deletionId: 'deletionId' },
      { name: 'Team', deletedAt: 'deletedAt', deletedBy: undefined, deletionId: undefined },
    ]);
  });

  it('do without fields that are switched off', () => {
    const options = { softDeleteModels: ['User'], deletedByField: null, deletionIdField: null };
    expect(schemaFor(options).soft('User')).toMatchObject({ deletedBy: undefined, deletionId: undefined });
  });

  it('are refused where the mark holds days, which tell no deletion from the others of its day', () => {
    const odd = ModelMetadata.of(new OddClient({ adapter: new PrismaPg({}) }));
    const build = () => new SoftDeleteSchema(odd, resolveSoftDeleteOptions({ softDeleteModels: ['Day'] }));
    expect(build).toThrow(SoftDeleteFieldMissingError);
    expect(build).toThrow(/deletedAtField: Day\.deletedAt has to be an optional DateTime, and neither @db\.Date/);
  });

  it('are refused by name when the schema has none such', () => {
    expect(pathsRefused({ softDeleteModels: ['User', 'Usr', 'Pst'] })).toEqual([
      'softDeleteModels[1]',
      'softDeleteModels[2]',
    ]);
  });

  it.each([
    [{ softDeleteModels: ['Item'] }, 'deletedAtField', 'the model Item has no field "deletedAt"'],
    [
      { softDeleteModels: ['User'], deletedAtField: 'age' },
      'deletedAtField',
      'User.age has to be an optional DateTime',
    ],
    [{ softDeleteModels: ['User'], deletedByField: 'age' }, 'deletedByField', 'User.age has to be an optional String'],
    [{ softDeleteModels: ['Team'], deletedByField: 'deletedBy' }, 'deletedByField', 'Team has no field "deletedBy"'],
    [{ softDeleteModels: ['Team'], deletionIdField: 'mark' }, 'deletionIdField', 'Team has no field "mark"'],
  ])('are refused without a field that can mark their rows: %o', (options, path, message) => {
    expect(() => schemaFor(options)).toThrow(SoftDeleteFieldMissingError);
    expect(() => schemaFor(options)).toThrow(message);
    expect(pathsRefused(options)).toEqual([path]);
  });
});

describe('the cascades of an extension', () => {
  const softDeleteModels = [
    'User',
    'Post',
    'Comment',
    'Order',
    'OrderLine',
    'Country',
    'City',
    'Category',
    'Team',
    'Member',
  ];

  it('carry the keys of both sides in the order of the foreign key', () => {
    const cascade = { order: ['orderline'], Country: ['City'], Category: ['Category'] };
    expect(schemaFor({ softDeleteModels, cascade }).edges).toMatchObject([
      { childField: 'order', childKeys: ['orderNumber', 'orderRegion'], parentKeys: ['number', 'region'] },
      { childField: 'country', childKeys: ['countryCode'], parentKeys: ['code'] },
      { childField: 'parent', childKeys: ['parentId'], parentKeys: ['id'] },
    ]);
  });

  it('are refused where several relations are meant by one name, and name each of them', () => {
    const ambiguous = { softDeleteModels, cascade: { User: ['Post'] } };
    expect(() => schemaFor(ambiguous)).toThrow('name "Post.author" or "Post.reviewer"');
    const both = schemaFor({ softDeleteModels, cascade: { User: ['Post.author', 'Post.reviewer'] } });
    expect(both.edgesFrom('User').map(({ childField }) => childField)).toEqual(['author', 'reviewer']);
  });

  it('are refused by path where there is no such model or relation', () => {
    const cascade = { User: ['Order', 'Post.writer', 'Account', 'Nobody'], Item: ['User'], None: [] };
    const paths = [
      'cascade.User[0]',
      'cascade.User[1]',
      'cascade.User[2]',
      'cascade.User[3]',
      'cascade.Item',
      'cascade.None',
    ];
    expect(pathsRefused({ softDeleteModels, cascade })).toEqual(paths);
    expect(() => schemaFor({ softDeleteModels, cascade: { User: ['Order'] } })).toThrow(CascadeRelationNotFoundError);
  });
});

describe('options of the published package', () => {
  it('that lost their meaning are accepted, and refused where they would show deleted rows', () => {
    const accepted = { softDeleteModels: ['User'], dmmf: {}, relationFilters: { enabled: true, maxDepth: 3 } };
    expect(pathsRefused(accepted)).toEqual([]);
    expect(pathsRefused({ softDeleteModels: ['User'], relationFilters: false })).toEqual(['relationFilters']);
  });

  it('that are misspelt are refused', () => {
    expect(() => schemaFor({ softDeleteModels: ['User'], deletedField: 'x' } as never)).toThrow('deletedField');
    expect(pathsRefused({ softDeleteModels: ['User'], maxCascadeDepth: 0 })).toEqual(['maxCascadeDepth']);
    expect(pathsRefused({ softDeleteModels: ['User'], eventEmitter: {} })).toEqual(['eventEmitter']);
  });
});
