import { createContext, currentContext, runWithContext } from '@nestarc/core';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { currentVisibility, runWithChanges } from '../../src/visibility/current-visibility';
import { SoftDeleteContext, type SoftDeleteStore } from '../../src/visibility/soft-delete-context';
import { onlyDeleted, withDeleted } from '../../src/visibility/with-deleted';

const store = (part: Partial<SoftDeleteStore> = {}): SoftDeleteStore => ({
  filterMode: 'withDeleted',
  skipSoftDelete: false,
  ...part,
});

/** Tells the modes of three models, as an operation called here would see them. */
const modes = (): string[] => ['User', 'Post', 'Tag'].map((model) => currentVisibility().modeOf(model));

const delegate = (name: string): { $name: string; findMany: () => string[] } => ({ $name: name, findMany: modes });

describe('a view of a model', () => {
  it('sees deleted rows of that model alone', () => {
    expect(withDeleted(delegate('User')).findMany()).toEqual(['withDeleted', 'default', 'default']);
    expect(onlyDeleted(delegate('Post')).findMany()).toEqual(['default', 'onlyDeleted', 'default']);
    expect(delegate('User').findMany()).toEqual(['default', 'default', 'default']);
  });

  it('sees those of the models that are named, in any case', () => {
    expect(withDeleted(delegate('User'), 'post', 'TAG').findMany()).toEqual(['default', 'withDeleted', 'withDeleted']);
  });

  it('of a whole client sees those of all, also through its models', () => {
    const client = { user: delegate('User'), run: modes };
    expect(withDeleted(client).user.findMany()).toEqual(['withDeleted', 'withDeleted', 'withDeleted']);
    expect(onlyDeleted(withDeleted(client), 'Tag').run()).toEqual(['withDeleted', 'withDeleted', 'onlyDeleted']);
  });

  it('keeps the tenant and the actor of the request', () => {
    const context = createContext({ requestId: 'r', actor: { id: 'a', type: 'user' } });
    const seen = runWithContext(context, () => withDeleted({ $name: 'User', look: currentContext }).look());
    expect(seen).toMatchObject({ requestId: 'r', actor: { id: 'a' } });
  });
});

describe('SoftDeleteContext', () => {
  it('puts a store into force for a function and what it starts, in place of the one before', async () => {
    const seen = await SoftDeleteContext.run(store({ withDeletedRelationPaths: ['posts.comments'] }), async () => {
      await setTimeout(1);
      const inner = SoftDeleteContext.run(store({ filterMode: 'default', skipSoftDelete: true }), () => [
        SoftDeleteContext.getFilterMode(),
        SoftDeleteContext.isSkipped(),
        SoftDeleteContext.isWithDeletedRelationPath('posts.comments'),
      ]);
      return {
        inner,
        outer: SoftDeleteContext.getFilterMode(),
        paths: SoftDeleteContext.getWithDeletedRelationPaths(),
      };
    });
    expect(seen).toEqual({ inner: ['default', true, false], outer: 'withDeleted', paths: ['posts.comments'] });
  });

  it('says nothing outside of one', () => {
    expect(SoftDeleteContext.getFilterMode()).toBe('default');
    expect(SoftDeleteContext.isSkipped()).toBe(false);
    expect(SoftDeleteContext.getActorId()).toBeNull();
    expect(SoftDeleteContext.getWithDeletedRelationPaths()).toEqual([]);
  });

  it('is about the models that are named', () => {
    SoftDeleteContext.run(store({ models: ['Post'], skipSoftDelete: true }), () => {
      expect(modes()).toEqual(['default', 'withDeleted', 'default']);
      expect(['User', 'Post'].map((model) => SoftDeleteContext.isSkipped(model))).toEqual([false, true]);
    });
  });

  it('names who acts, nobody included, in place of the actor of the request', () => {
    const context = createContext({ actor: { id: 'of-the-request', type: 'user' } });
    const actors = runWithContext(context, () => [
      SoftDeleteContext.getActorId(),
      SoftDeleteContext.run(store(), () => SoftDeleteContext.getActorId()),
      SoftDeleteContext.run(store({ actorId: 'named' }), () => SoftDeleteContext.getActorId()),
      SoftDeleteContext.run(store({ actorId: null }), () => SoftDeleteContext.getActorId()),
    ]);
    expect(actors).toEqual(['of-the-request', 'of-the-request', 'named', null]);
  });
});

describe('what is said in addition', () => {
  it('takes the place of what was said of the same model, and all models that of each', () => {
    runWithChanges([{ modes: new Map([['User', 'onlyDeleted']]) }], () => {
      expect(withDeleted(delegate('User')).findMany()).toEqual(['withDeleted', 'default', 'default']);
      expect(withDeleted({ run: modes }).run()).toEqual(['withDeleted', 'withDeleted', 'withDeleted']);
    });
  });
});
