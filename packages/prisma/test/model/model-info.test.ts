import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { columnsOf, type FieldInfo, type ModelInfo } from '../../src';
import type { ClientInternals, RuntimeModel } from '../../src/client/client-internals';
import { schemaModels } from '../../src/model/schema.models';
import { prismaDmmf, type DmmfField, type DmmfModel } from './fixture/prisma-dmmf';

const hard = readFileSync(path.join(__dirname, 'fixture/schema.prisma'), 'utf8');

function modelsOf(inlineSchema: unknown, dmmf: readonly DmmfModel[]): ReadonlyMap<string, ModelInfo> {
  const models = Object.fromEntries(dmmf.map((model): [string, RuntimeModel] => [model.name, model as RuntimeModel]));
  const client = { _engineConfig: { inlineSchema }, _runtimeDataModel: { models }, _clientVersion: '7.0.0' };
  return schemaModels(client as unknown as ClientInternals);
}

function found(models: ReadonlyMap<string, ModelInfo>, name: string): ModelInfo {
  const model = models.get(name);
  if (model === undefined) throw new Error(`No model ${name}`);
  return model;
}

/** What both descriptions of a field can tell. */
const readField = (field: FieldInfo): unknown => ({
  name: field.name,
  column: field.column,
  kind: field.kind,
  type: field.type,
  isList: field.isList,
  isRequired: field.isRequired,
  isUpdatedAt: field.isUpdatedAt,
  documentation: field.documentation,
  relation: field.relation && [
    field.relation.name,
    field.relation.fields,
    field.relation.references,
    field.relation.onDelete,
  ],
});

const dmmfField = (field: DmmfField): unknown => ({
  name: field.name,
  column: field.dbName ?? field.name,
  kind: field.kind,
  type: field.type,
  isList: field.isList,
  isRequired: field.isRequired,
  isUpdatedAt: field.isUpdatedAt,
  documentation: field.documentation,
  relation:
    field.kind === 'object'
      ? [field.relationName, field.relationFromFields, field.relationToFields, field.relationOnDelete]
      : undefined,
});

const nativeOf = ({ nativeType }: DmmfField): string | undefined =>
  nativeType?.[1].length ? `${nativeType[0]}(${nativeType[1].join(', ')})` : nativeType?.[0];

describe.each([5, 6, 7] as const)('the models of a schema that Prisma %i reads', (major) => {
  let dmmf: readonly DmmfModel[];
  let models: ReadonlyMap<string, ModelInfo>;
  beforeAll(async () => {
    const read = await prismaDmmf(hard, major);
    dmmf = read.models;
    models = modelsOf(read.schema, dmmf);
  });

  it('are those Prisma knows, views included and ignored ones left out', () => {
    expect([...models.keys()].sort()).toEqual(['Account', 'Comment', 'Overview', 'Post', 'Profile', 'Tag']);
    expect([...models.keys()].sort()).toEqual(dmmf.map(({ name }) => name).sort());
  });

  it('have the tables, keys and documentation that Prisma sees', () => {
    for (const model of dmmf) {
      const { fields, uniques, primaryKey } = found(models, model.name);
      const ids = model.fields.filter(({ isId }) => isId).map(({ name }) => name);
      const compound = model.uniqueIndexes.filter((index) => index.fields.length > 1);
      expect(found(models, model.name)).toMatchObject({ table: model.dbName ?? model.name });
      expect(found(models, model.name).documentation).toBe(model.documentation);
      expect(primaryKey).toEqual(model.primaryKey?.fields ?? ids);
      expect(fields.filter(({ kind }) => kind !== 'unsupported').map(readField)).toEqual(model.fields.map(dmmfField));
      expect(
        uniques
          .filter((unique) => unique.fields.length === 1)
          .map(({ name }) => name)
          .sort(),
      ).toEqual(
        model.fields
          .filter(({ isId, isUnique }) => isId || isUnique)
          .map(({ name }) => name)
          .sort(),
      );
      const expected = [...(model.primaryKey ? [model.primaryKey] : []), ...compound];
      expect(uniques.filter((unique) => unique.fields.length > 1)).toEqual(
        expected.map((unique) => ({ name: unique.name ?? unique.fields.join('_'), fields: unique.fields })),
      );
    }
  });

  it('have the native types that Prisma sees, where it tells', () => {
    for (const model of dmmf) {
      for (const field of model.fields.filter(({ nativeType }) => nativeType !== undefined)) {
        expect(found(models, model.name).field(field.name)?.nativeType).toBe(nativeOf(field));
      }
    }
    expect(found(models, 'Account').field('balance')?.nativeType).toBe('Decimal(20, 4)');
  });
});

describe('the models of a schema', () => {
  let dmmf: readonly DmmfModel[];
  let models: ReadonlyMap<string, ModelInfo>;
  beforeAll(async () => {
    dmmf = (await prismaDmmf(hard, 7)).models;
    models = modelsOf(hard, dmmf);
  });

  it('know the PostgreSQL schema they are in', () => {
    expect([...models.values()].map(({ name, schema }) => [name, schema])).toEqual([
      ['Account', 'billing'],
      ['Post', 'public'],
      ['Profile', 'public'],
      ['Comment', 'odd { name'],
      ['Tag', 'public'],
      ['Overview', 'public'],
    ]);
  });

  it('know the other side of each relation', () => {
    const sides = [...models.values()].flatMap((model) =>
      model.fields.flatMap(({ name, relation }) =>
        relation ? [`${model.name}.${name}: ${relation.model}.${relation.opposite}`] : [],
      ),
    );
    expect(sides).toEqual([
      'Account.written: Post.writer',
      'Account.reviewed: Post.reviewer',
      'Account.boss: Account.staff',
      'Account.staff: Account.boss',
      'Account.profile: Profile.owner',
      'Post.writer: Account.written',
      'Post.reviewer: Account.reviewed',
      'Post.tags: Tag.posts',
      'Post.comments: Comment.post',
      'Profile.owner: Account.profile',
      'Comment.post: Post.comments',
      'Tag.posts: Post.tags',
      'Tag.near: Tag.nearTo',
      'Tag.nearTo: Tag.near',
    ]);
  });

  it('know which relations Prisma keeps in a table of its own', () => {
    const implicit = [...models.values()].flatMap((model) =>
      model.fields.flatMap(({ name, relation }) => (relation?.isManyToMany ? [`${model.name}.${name}`] : [])),
    );
    expect(implicit).toEqual(['Post.tags', 'Tag.posts', 'Tag.near', 'Tag.nearTo']);
  });

  it('have the columns whose type Prisma cannot read, and not those it is told to ignore', () => {
    const account = found(models, 'Account');
    expect(account.field('place')).toMatchObject({ kind: 'unsupported', type: 'point', isRequired: false });
    expect(account.field('shape')).toMatchObject({ kind: 'unsupported', type: 'circle', isRequired: true });
    expect(account.field('hidden')).toBeUndefined();
    expect(account.field('toString')).toBeUndefined();
  });

  it('tell the columns of fields, and refuse what is none', () => {
    const account = found(models, 'Account');
    expect(columnsOf(account, ['handle', 'tenantId', 'number'])).toEqual(['the "handle"', 'tenant_id', 'number']);
    expect(() => columnsOf(account, ['staff'])).toThrow('Account.staff is no column');
    expect(() => columnsOf(account, ['nothing'])).toThrow('Account.nothing is no column');
  });

  it('are read from base64, too', () => {
    expect([...modelsOf(Buffer.from(hard).toString('base64'), dmmf).keys()]).toEqual([...models.keys()]);
  });

  it('may have attributes of several lines', () => {
    const wide = hard.replace('@@unique([slug])', '@@unique(\n    // ] and }\n    [\n      slug,\n    ],\n  )');
    expect(found(modelsOf(wide, dmmf), 'Post').uniques).toEqual(found(models, 'Post').uniques);
  });

  it('may end their lines as Windows does', () => {
    const windows = found(modelsOf(hard.replaceAll('\n', '\r\n'), dmmf), 'Account');
    expect(windows.fields).toEqual(found(models, 'Account').fields);
    expect(windows.documentation).toBe(found(models, 'Account').documentation);
  });

  it.each([
    ['a table', '@@map("accounts")', '@@map("konten")', 'Account'],
    ['a column', '@map("tenant_id")', '@map("tenant")', 'Account.tenantId'],
    ['a type', 'number    Int ', 'number    BigInt ', 'Account.number'],
    ['a kind', 'enum Kind', 'enum Sort', 'Tag.kind'],
    ['a relation', '"nearness"', '"distance"', 'Tag.near'],
    ['a field that is new', '  text   String', '  new Int\n  text   String', 'Comment.new'],
    ['a field that is gone', '  text   String @default("")', '', 'Comment.text'],
    ['a model that is new', 'view Overview', 'model New {\n  id Int @id\n}\nview Overview', 'New'],
    ['a PostgreSQL schema', '@@schema("billing")', '@@schema("public")', 'Account'],
  ])('are refused where the text says otherwise than the client about %s', (_, before, after, where) => {
    expect(hard).toContain(before);
    const act = (): unknown => modelsOf(hard.replaceAll(before, after), dmmf);
    expect(act).toThrow(expect.objectContaining({ code: 'PRISMA_INTERNALS_CHANGED' }));
    expect(act).toThrow(where);
  });

  it.each([
    ['is missing', undefined, '_engineConfig.inlineSchema'],
    ['is empty', '', '_engineConfig.inlineSchema'],
    [
      'is written in another way',
      hard.replace('slug         String', 'slug: <String>'),
      'line 70: a name expected, ":" found',
    ],
    ['ends too early', hard.slice(0, hard.indexOf('@@schema("billing")')), 'expected, "" found'],
    [
      'has half a relation',
      hard.replace('  comments     Comment[]', ''),
      'Comment.post has no field on the other side',
    ],
  ])('are refused when the text %s', (_, text, reason) => {
    expect(() => modelsOf(text, dmmf)).toThrow(reason);
    expect(() => modelsOf(text, dmmf)).toThrow(expect.objectContaining({ code: 'PRISMA_INTERNALS_CHANGED' }));
  });
});
