import { InvalidOptionsError } from '@nestarc/core';
import { type DynamicModule, Injectable, Module, type OnModuleInit, Scope } from '@nestjs/common';
import { Controller, Get } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createPrismaSoftDeleteExtension,
  OnlyDeleted,
  SkipSoftDelete,
  SOFT_DELETE_MODULE_OPTIONS,
  SOFT_DELETE_PRISMA_SERVICE,
  SoftDeleteModule,
  type SoftDeleteModuleFactoryOptions,
  type SoftDeleteModuleOptions,
  type SoftDeleteModuleOptionsFactory,
  SoftDeleteService,
  WithDeleted,
  WithDeletedRelations,
} from '../../src';
import { SoftDeleteFixture } from '../fixture/fixture';
import type { PrismaClient } from '../fixture/generated/client';
import { PRISMA, softDeleteApp } from './http-app';

let fixture: SoftDeleteFixture;
beforeAll(async () => {
  fixture = await SoftDeleteFixture.create({ tenancy: false });
});
afterAll(() => fixture.close());

const EXTENSION = {
  softDeleteModels: ['User', 'Post', 'Comment'],
  cascade: { User: ['Post.author'], Post: ['Comment'] },
};
const extended = (): PrismaClient =>
  fixture.bareClient().$extends(createPrismaSoftDeleteExtension(EXTENSION)) as unknown as PrismaClient;

/** Boots an application, and shuts it down again. */
async function boot(
  module: DynamicModule,
  look: (get: (token: symbol) => unknown) => void = () => undefined,
): Promise<void> {
  const compiled = await Test.createTestingModule({ imports: [module] }).compile();
  const app = compiled.createNestApplication();
  try {
    await app.init();
    look((token) => app.get(token, { strict: false }));
  } finally {
    await app.close();
  }
}

@Injectable()
class OptionsFactory implements SoftDeleteModuleOptionsFactory {
  createSoftDeleteOptions(): SoftDeleteModuleFactoryOptions {
    return { deletedAtField: 'deletedAt' };
  }
}

@Module({ providers: [OptionsFactory], exports: [OptionsFactory] })
class OptionsModule {}

describe('SoftDeleteModule', () => {
  const registrations: Record<string, () => DynamicModule> = {
    forRoot: () => SoftDeleteModule.forRoot({ prismaServiceToken: PRISMA, deletedAtField: 'deletedAt' }),
    'forRootAsync with useFactory': () =>
      SoftDeleteModule.forRootAsync({
        prismaServiceToken: PRISMA,
        imports: [OptionsModule],
        inject: [OptionsFactory],
        useFactory: (factory: OptionsFactory) => Promise.resolve(factory.createSoftDeleteOptions()),
      }),
    'forRootAsync with useClass': () =>
      SoftDeleteModule.forRootAsync({ prismaServiceToken: PRISMA, useClass: OptionsFactory }),
    'forRootAsync with useExisting': () =>
      SoftDeleteModule.forRootAsync({
        prismaServiceToken: PRISMA,
        imports: [OptionsModule],
        useExisting: OptionsFactory,
      }),
  };

  it.each(Object.entries(registrations))(
    '%s provides resolved, frozen options, and the service',
    async (_name, register) => {
      const client = extended();
      @Module({ providers: [{ provide: PRISMA, useFactory: () => client }] })
      class PrismaModule {}
      const module = register();
      await boot({ module: class {}, imports: [PrismaModule, module] }, (get) => {
        const options = get(SOFT_DELETE_MODULE_OPTIONS);
        expect(options).toEqual({ deletedAtField: 'deletedAt', enableEvents: false });
        expect(Object.isFrozen(options)).toBe(true);
        expect(get(SoftDeleteService as never)).toBeInstanceOf(SoftDeleteService);
        expect((get(SOFT_DELETE_PRISMA_SERVICE) as { client: unknown }).client).toBe(client);
      });
    },
  );

  it.each([
    [{ deletedAtField: '' }, 'deletedAtField'],
    [{ enableEvents: 'yes' }, 'enableEvents'],
    [{ actorExtractor: 'user.id' }, 'actorExtractor'],
    [{ softDeleteModels: 'User' }, 'softDeleteModels'],
    [{ cascade: { User: 'Post' } }, 'cascade.User'],
    [{ maxCascadeDepth: 0 }, 'maxCascadeDepth'],
    [{ softDeleteModel: ['User'] }, 'softDeleteModel'],
  ])('refuses %j at boot and names the option', async (options, path) => {
    const booted = boot(softDeleteApp(extended(), {}, options as unknown as SoftDeleteModuleOptions));
    await expect(booted).rejects.toBeInstanceOf(InvalidOptionsError);
    await expect(booted).rejects.toThrow(path);
  });

  it('refuses to be registered without the token of a client', () => {
    const forget = (): unknown =>
      SoftDeleteModule.forRoot({ softDeleteModels: ['User'] } as unknown as SoftDeleteModuleOptions);
    expect(forget).toThrow('prismaServiceToken');
    expect(() => SoftDeleteModule.forRootAsync({ useFactory: () => ({}) } as never)).toThrow('prismaServiceToken');
  });
});

describe('the client', () => {
  it('may be provided by any module, which need neither be global nor export it', () =>
    boot(softDeleteApp(extended(), {})));

  it('may be held by a service as "client", also by one that opens it in onModuleInit', async () => {
    await boot(softDeleteApp({ client: extended() }, {}));
    class PrismaService implements OnModuleInit {
      client: unknown;
      onModuleInit(): void {
        this.client = extended();
      }
    }
    await boot(softDeleteApp(new PrismaService(), {}));
  });

  it('is refused at boot where there is none under the token, with what to do', async () => {
    const module = SoftDeleteModule.forRoot({ prismaServiceToken: Symbol('elsewhere') });
    await expect(boot(module)).rejects.toThrow(
      /prismaServiceToken: no module provides Symbol\(elsewhere\).*add it to the providers of a module/,
    );
    await expect(boot(softDeleteApp({ client: {} }, {}))).rejects.toThrow(
      'is no Prisma client, and holds none as "client"',
    );
    await expect(boot(softDeleteApp(undefined, {}))).rejects.toThrow('is no Prisma client');
  });

  it('is refused at boot where it is made for each request', async () => {
    @Module({ providers: [{ provide: PRISMA, scope: Scope.REQUEST, useFactory: () => extended() }] })
    class PrismaModule {}
    const imports = [PrismaModule, SoftDeleteModule.forRoot({ prismaServiceToken: PRISMA })];
    await expect(boot({ module: class {}, imports })).rejects.toThrow('made for each request');
  });

  it('is refused at boot where it does not delete softly, with what to do', async () => {
    await expect(boot(softDeleteApp(fixture.bareClient(), {}))).rejects.toThrow(
      /does not delete softly: extend it with \$extends\(createPrismaSoftDeleteExtension/,
    );
  });
});

describe('options of the extension, said again', () => {
  it.each<Partial<SoftDeleteModuleOptions>>([
    { softDeleteModels: ['comment', 'POST', 'User'] },
    { cascade: { Post: ['Comment.post'], user: ['Post.author'] } },
    { deletedByField: 'deletedBy', deletedAtField: 'deletedAt', deletionIdField: 'deletionId' },
    { dmmf: {}, softDeleteModels: ['User', 'Post', 'Comment'] },
  ])('are taken where they mean the same: %j', (options) => boot(softDeleteApp(extended(), {}, options)));

  it.each<[Partial<SoftDeleteModuleOptions>, RegExp]>([
    [
      { softDeleteModels: ['User'] },
      /softDeleteModels: says User, but the extension of the client has Comment, Post, User/,
    ],
    [{ cascade: {} }, /cascade: says none, but .* has Post → Comment.post, User → Post.author/],
    [{ cascade: { User: ['Post.reviewer'], Post: ['Comment'] } }, /cascade: says .*User → Post.reviewer/],
    [{ deletedByField: null }, /deletedByField: says null, but the extension of the client has deletedBy/],
    [{ deletedAtField: 'removedAt' }, /deletedAtField: says removedAt/],
    [{ maxCascadeDepth: 3 }, /maxCascadeDepth: says 3/],
    [{ softDeleteModels: ['Usr', 'Post', 'Comment'] }, /softDeleteModels\[0\]: the schema has no model "Usr"/],
    [{ cascade: { User: ['Tag'] } }, /cascade.User\[0\]: "Tag" is not one of softDeleteModels/],
  ])('are refused at boot where they do not: %j', async (options, message) => {
    const booted = boot(softDeleteApp(extended(), {}, options));
    await expect(booted).rejects.toBeInstanceOf(InvalidOptionsError);
    await expect(booted).rejects.toThrow(message);
  });
});

describe('decorators that cannot be meant are refused at boot', () => {
  const bootWith = (...decorators: (ClassDecorator & MethodDecorator)[]): Promise<void> => {
    @Controller()
    class TrashController {
      @Get()
      list(): string {
        return '';
      }
    }
    for (const decorator of decorators) {
      Reflect.decorate(
        [decorator],
        TrashController.prototype,
        'list',
        Object.getOwnPropertyDescriptor(TrashController.prototype, 'list'),
      );
    }
    return boot(softDeleteApp(extended(), { controllers: [TrashController] }));
  };

  it.each([
    ['@WithDeleted()', WithDeleted()],
    ['@OnlyDeleted()', OnlyDeleted()],
    ['@SkipSoftDelete()', SkipSoftDelete()],
  ])('%s names no model', async (name, decorator) => {
    const booted = bootWith(decorator);
    await expect(booted).rejects.toThrow(`${name} on TrashController.list: name the models that are meant`);
    await expect(booted).rejects.toBeInstanceOf(InvalidOptionsError);
  });

  it('on a class as well', async () => {
    @WithDeleted()
    @Controller()
    class TrashController {}
    const booted = boot(softDeleteApp(extended(), { controllers: [TrashController] }));
    await expect(booted).rejects.toThrow('@WithDeleted() on TrashController: name the models');
  });

  it('a model that is not deleted softly, and a relation that no model has', async () => {
    const both = bootWith(OnlyDeleted('Post', 'Account'), WithDeletedRelations('posts.comments', 'posts.coments'));
    await expect(both).rejects.toThrow(
      '@OnlyDeleted() on TrashController.list: "Account" is not one of softDeleteModels',
    );
    await expect(both).rejects.toThrow(
      '@WithDeletedRelations() on TrashController.list: no model has a relation "posts.coments"',
    );
    await expect(both).rejects.toThrow(/^(?!.*"posts\.comments")/s);
  });

  it('while those that name what is there are taken, in any case', async () => {
    await bootWith(WithDeleted('post', '*'));
  });
});
