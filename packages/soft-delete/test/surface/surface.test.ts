import type { ExecutionContext } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { lastValueFrom, of } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import * as softDelete from '../../src';
import * as testing from '../../src/testing';

/** What version 0.6 exports at run time, by entry point and kind. */
const ROOT = {
  class: [
    ...['SoftDeleteModule', 'SoftDeleteService', 'SoftDeleteContext', 'SoftDeleteFilterInterceptor'],
    ...['SoftDeletedEvent', 'RestoredEvent', 'PurgedEvent', 'SoftDeleteEventEmitter'],
    ...['SoftDeleteFieldMissingError', 'CascadeRelationNotFoundError', 'CascadeDmmfMissingError'],
    'RelationDmmfMissingError',
  ],
  function: [
    ...['createPrismaSoftDeleteExtension', 'WithDeleted', 'OnlyDeleted', 'SkipSoftDelete'],
    'WithDeletedRelations',
  ],
  symbol: ['SOFT_DELETE_MODULE_OPTIONS', 'SOFT_DELETE_PRISMA_SERVICE'],
};
const TESTING = {
  class: ['TestSoftDeleteModule'],
  function: ['expectSoftDeleted', 'expectNotSoftDeleted', 'expectCascadeSoftDeleted'],
};

/** What version 0.6 exports as types: the compiler looks for each. */
type PublishedTypes = [
  softDelete.PrismaDmmfLike,
  softDelete.RelationFilterOptions,
  softDelete.SoftDeleteModuleOptions,
  softDelete.SoftDeleteModuleAsyncOptions,
  softDelete.SoftDeleteExtensionOptions,
  softDelete.SoftDeleteFilterMode,
  softDelete.SoftDeleteStore,
];

/** What the platform's own type of a request looks like, with what guards and other libraries add to it. */
interface PlatformRequest extends IncomingMessage {
  user?: { id: string; name: string };
  session: Record<string, string>;
}

const kindOf = (value: unknown): string => {
  if (typeof value !== 'function') return typeof value;
  return /^class\b/.test(Function.prototype.toString.call(value)) ? 'class' : 'function';
};

const entriesOf = (list: Record<string, string[]>): (readonly [name: string, kind: string])[] =>
  Object.entries(list).flatMap(([kind, names]) => names.map((name) => [name, kind] as const));

describe('every name of version 0.6 is there, and is what it was', () => {
  it('19 names of the root', () => {
    expect(entriesOf(ROOT)).toHaveLength(19);
    for (const [name, kind] of entriesOf(ROOT)) expect([name, kindOf(softDelete[name as never])]).toEqual([name, kind]);
  });

  it('those of ./testing', () => {
    for (const [name, kind] of entriesOf(TESTING)) expect([name, kindOf(testing[name as never])]).toEqual([name, kind]);
  });

  it('7 types', () => {
    expectTypeOf<PublishedTypes['length']>().toEqualTypeOf<7>();
    expectTypeOf<PublishedTypes[number]>().not.toBeAny();
    expectTypeOf<softDelete.SoftDeleteFilterMode>().toEqualTypeOf<'default' | 'withDeleted' | 'onlyDeleted'>();
  });

  it('the names of the events', () => {
    expect(softDelete.SoftDeletedEvent.EVENT_NAME).toBe('soft-delete.deleted');
    expect(softDelete.RestoredEvent.EVENT_NAME).toBe('soft-delete.restored');
    expect(softDelete.PurgedEvent.EVENT_NAME).toBe('soft-delete.purged');
  });

  it('the metadata keys of the decorators, which leave what they name', () => {
    class Routes {
      @softDelete.WithDeleted('User')
      @softDelete.OnlyDeleted('Post')
      @softDelete.SkipSoftDelete('Tag')
      @softDelete.WithDeletedRelations('author', 'posts.comments')
      list(): void {
        // Never called.
      }
    }
    const left = (key: string): unknown => Reflect.getMetadata(key, Routes.prototype.list);
    expect(left('SOFT_DELETE_WITH_DELETED')).toEqual(['User']);
    expect(left('SOFT_DELETE_ONLY_DELETED')).toEqual(['Post']);
    expect(left('SOFT_DELETE_SKIP')).toEqual(['Tag']);
    expect(left('SOFT_DELETE_WITH_DELETED_RELATIONS')).toEqual(['author', 'posts.comments']);
  });
});

describe('what version 0.6 is called with is still accepted', () => {
  it('options of the module', () => {
    const options: softDelete.SoftDeleteModuleOptions = {
      softDeleteModels: ['User'],
      deletedAtField: 'deletedAt',
      deletedByField: 'deletedBy',
      actorExtractor: (request) => request.user?.id ?? null,
      cascade: { User: ['Post'] },
      maxCascadeDepth: 3,
      dmmf: {},
      prismaServiceToken: 'PRISMA',
      enableEvents: true,
    };
    const { prismaServiceToken, ...rest } = options;
    const modules = [
      softDelete.SoftDeleteModule.forRoot(options),
      softDelete.SoftDeleteModule.forRoot({
        ...options,
        actorExtractor: (request: PlatformRequest) => request.user?.id ?? request.session['userId'] ?? null,
      }),
      softDelete.SoftDeleteModule.forRootAsync({
        imports: [],
        inject: ['X'],
        useFactory: (_x: unknown) => rest,
        prismaServiceToken,
      }),
    ];
    for (const module of modules) expect(module).toMatchObject({ module: softDelete.SoftDeleteModule, global: true });
    expect(testing.TestSoftDeleteModule.register({ softDeleteModels: ['User'] })).toHaveProperty('global', true);
  });

  it('options of the extension', () => {
    const options: softDelete.SoftDeleteExtensionOptions = {
      softDeleteModels: ['User'],
      deletedAtField: 'deletedAt',
      deletedByField: null,
      cascade: { User: ['Post'] },
      maxCascadeDepth: 3,
      dmmf: {},
      relationFilters: { enabled: true, maxDepth: 3 },
      eventEmitter: { emitSoftDeleted: () => undefined },
    };
    expect(typeof softDelete.createPrismaSoftDeleteExtension(options)).toBe('function');
    expect(typeof softDelete.createPrismaSoftDeleteExtension({ ...options, relationFilters: true })).toBe('function');
  });

  it('decorators without models, which compile; the application refuses them when it boots', () => {
    const decorators = [softDelete.WithDeleted(), softDelete.OnlyDeleted(), softDelete.SkipSoftDelete()];
    expect(decorators.every((decorator) => typeof decorator === 'function')).toBe(true);
  });

  it('SoftDeleteContext', async () => {
    const { SoftDeleteContext } = softDelete;
    const said = (): unknown => [
      SoftDeleteContext.getFilterMode(),
      SoftDeleteContext.isSkipped(),
      SoftDeleteContext.getActorId(),
      SoftDeleteContext.getWithDeletedRelationPaths(),
      SoftDeleteContext.isWithDeletedRelationPath('posts'),
    ];
    expect(said()).toEqual(['default', false, null, [], false]);
    const store: softDelete.SoftDeleteStore = {
      filterMode: 'onlyDeleted',
      skipSoftDelete: true,
      actorId: 'u-1',
      withDeletedRelationPaths: ['posts'],
    };
    expect(SoftDeleteContext.run(store, said)).toEqual(['onlyDeleted', true, 'u-1', ['posts'], true]);
    expect(await SoftDeleteContext.run(store, () => Promise.resolve().then(said))).toEqual(
      SoftDeleteContext.run(store, said),
    );
    const replaced = { filterMode: 'withDeleted', skipSoftDelete: false } as const;
    expect(SoftDeleteContext.run(store, () => SoftDeleteContext.run(replaced, said))).toEqual([
      'withDeleted',
      false,
      null,
      [],
      false,
    ]);
  });

  it('the interceptor, also by hand', async () => {
    const execution = {
      getType: () => 'http',
      getClass: () => Object,
      getHandler: () => said,
    } as unknown as ExecutionContext;
    const said = (): string => softDelete.SoftDeleteContext.getFilterMode('User');
    softDelete.WithDeleted('User')(said as never);
    const interceptor = new softDelete.SoftDeleteFilterInterceptor();
    const answer = interceptor.intercept(execution, { handle: () => of(said()) });
    expect(await lastValueFrom(answer)).toBe('withDeleted');
  });

  it('events', () => {
    const at = new Date();
    const deleted = new softDelete.SoftDeletedEvent('User', { id: 1 }, at);
    expect(deleted).toMatchObject({ model: 'User', where: { id: 1 }, deletedAt: at, actorId: null });
    expect(new softDelete.SoftDeletedEvent('User', { id: 1 }, at, 'u-1', 2)).toMatchObject({
      actorId: 'u-1',
      count: 2,
    });
    expect(new softDelete.RestoredEvent('User', { id: 1 }, 'u-1', 1)).toMatchObject({
      model: 'User',
      actorId: 'u-1',
      count: 1,
    });
    expect(new softDelete.PurgedEvent('User', 3, at)).toMatchObject({
      model: 'User',
      count: 3,
      olderThan: at,
      actorId: null,
    });
  });

  it('errors', () => {
    const errors = [
      new softDelete.SoftDeleteFieldMissingError('User', 'deletedAt'),
      new softDelete.CascadeRelationNotFoundError('User', 'Post'),
      new softDelete.CascadeDmmfMissingError(),
      new softDelete.RelationDmmfMissingError(),
    ];
    for (const error of errors) {
      expect(error).toBeInstanceOf(Error);
      expect(error.name).toBe(error.constructor.name);
    }
    expect(errors[0]?.message).toMatch(/User.*deletedAt/s);
    expect(errors[1]?.message).toMatch(/Post.*User/s);
  });

  it('methods of the service and of the emitter', () => {
    const service = softDelete.SoftDeleteService.prototype;
    const methods = ['restore', 'restoreMany', 'forceDelete', 'purge', 'withDeleted', 'onlyDeleted'] as const;
    for (const method of methods) expect(typeof service[method]).toBe('function');
    const emitter = softDelete.SoftDeleteEventEmitter.prototype;
    for (const method of ['emitSoftDeleted', 'emitRestored', 'emitPurged'] as const) {
      expect(typeof emitter[method]).toBe('function');
    }
    expect('isEnabled' in emitter).toBe(true);
  });
});
