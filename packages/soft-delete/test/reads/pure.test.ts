import { ModelMetadata } from '@nestarc/prisma';
import { PrismaPg } from '@prisma/adapter-pg';
import { describe, expect, it } from 'vitest';
import { SoftDeleteSchema } from '../../src/model/soft-delete-schema';
import { resolveSoftDeleteOptions } from '../../src/options/soft-delete-options.schema';
import { rewriteRead } from '../../src/reads/read.rewriter';
import type { ReadScope } from '../../src/reads/read-scope';
import { rewriteSelection } from '../../src/reads/returned-selection';
import { activeFilter } from '../../src/reads/where.rewriter';
import { VisibilityState } from '../../src/visibility/visibility';
import { PrismaClient } from '../fixture/generated/client';

const metadata = ModelMetadata.of(
  new PrismaClient({ adapter: new PrismaPg({ connectionString: 'postgres://nobody@127.0.0.1:1/none' }) }),
);

const scopeOf = (...softDeleteModels: string[]): ReadScope => ({
  schema: new SoftDeleteSchema(metadata, resolveSoftDeleteOptions({ softDeleteModels })),
  visibility: new VisibilityState(),
  options: { deletedToOne: 'null', enforcement: 'client' },
  opened: new Set(),
});

const operation = (model: string, action: string, args: unknown) => ({ model, action, args, path: [] });

const frozen = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
};

describe('The rewriting of reads', () => {
  it('leaves operations alone that cannot come upon deleted rows', () => {
    const scope = scopeOf('Post');
    expect(rewriteRead(scope, operation('Category', 'findMany', { include: { items: true } }))).toBeUndefined();
    expect(rewriteRead(scope, operation('User', 'findMany', { where: { account: { name: 'x' } } }))).toBeUndefined();
    expect(rewriteRead(scope, operation('Post', 'create', {}))).toBeUndefined();
    expect(rewriteRead(scope, { model: undefined, action: 'queryRaw', args: [], path: [] })).toBeUndefined();
  });

  it('never changes the arguments, which belong to the caller', () => {
    const args = frozen({
      where: { title: 'x', AND: [{ comments: { every: { text: 'y' } } }], author: { is: { name: 'z' } } },
      include: { author: { select: { name: true } }, comments: true, _count: true },
      cursor: { id: 1 },
    });
    const plan = rewriteRead(scopeOf('Post', 'User', 'Comment'), operation('Post', 'findMany', args));
    expect(plan?.args).toMatchObject({ where: { title: 'x', deletedAt: null } });
    expect(plan?.precondition?.operation.args).toEqual({ where: { id: 1, deletedAt: null }, select: { id: true } });
  });

  it('takes Prisma.skip for nothing said', () => {
    const skip = { ifUndefined: (value: unknown) => value };
    const scope = scopeOf('Post', 'User');
    expect(activeFilter(scope, 'Post', { deletedAt: skip, author: skip }, { optOut: true })).toEqual({
      deletedAt: null,
      author: skip,
    });
    expect(activeFilter(scope, 'Post', skip, { optOut: true })).toEqual({ deletedAt: null });
    expect(rewriteSelection(scope, 'Post', { include: { author: skip, comments: skip } })).toEqual({
      selection: { include: { author: skip, comments: skip } },
    });
  });

  it('keeps the key of a row at the top, where a filter goes beside one that mentions the mark', () => {
    const where = { id: 1, deletedAt: { not: null } };
    expect(activeFilter(scopeOf('Post'), 'Post', where, { optOut: false })).toEqual({
      ...where,
      AND: [{ deletedAt: null }],
    });
  });

  it('tells which models a statement has to be able to see deleted rows of', () => {
    const scope = {
      ...scopeOf('Post', 'User', 'Comment'),
      visibility: new VisibilityState({ modes: new Map([['user', 'withDeleted']]) }),
    };
    rewriteRead(
      scope,
      operation('Post', 'findMany', {
        where: { comments: { some: { deletedAt: { not: null } } } },
        include: { author: true },
      }),
    );
    expect([...scope.opened].sort()).toEqual(['Comment', 'User']);
  });
});
