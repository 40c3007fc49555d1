import { Controller, Get, Inject, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createPrismaSoftDeleteExtension,
  onlyDeleted,
  OnlyDeleted,
  SoftDeleteModule,
  SoftDeleteService,
} from '../../src';
import { SoftDeleteFixture } from '../fixture/fixture';
import type { PrismaClient } from '../fixture/generated/client';

/** Stands for what `Prisma.dmmf` was needed for. */
const Prisma = { dmmf: {} };

// #region extension-before
export const extensionBefore = () =>
  createPrismaSoftDeleteExtension({
    softDeleteModels: ['User', 'Post'],
    deletedByField: 'deletedBy',
    cascade: { User: ['Post'] },
    maxCascadeDepth: 3,
    relationFilters: { enabled: true, maxDepth: 3 },
    dmmf: Prisma.dmmf,
  });
// #endregion extension-before
// #region extension-after
export const extensionAfter = () =>
  createPrismaSoftDeleteExtension({
    softDeleteModels: ['User', 'Post'],
    cascade: { User: ['Post.author'] },
  });
// #endregion extension-after
// #region module-before
export const moduleBefore = () =>
  SoftDeleteModule.forRoot({
    prismaServiceToken: 'PRISMA',
    softDeleteModels: ['User', 'Post'],
    deletedByField: 'deletedBy',
    cascade: { User: ['Post'] },
    dmmf: Prisma.dmmf,
    enableEvents: true,
  });
// #endregion module-before
// #region module-after
export const moduleAfter = () => SoftDeleteModule.forRoot({ prismaServiceToken: 'PRISMA' });
// #endregion module-after

@Controller('before')
export class TrashBefore {
  constructor(@Inject('PRISMA') private readonly prisma: PrismaClient) {}

  // #region decorator-before
  @OnlyDeleted()
  @Get('trash')
  trash() {
    return this.prisma.post.findMany();
  }
  // #endregion decorator-before
}

@Controller('after')
export class TrashAfter {
  constructor(@Inject('PRISMA') private readonly prisma: PrismaClient) {}

  // #region decorator-after
  @OnlyDeleted('Post')
  @Get('trash')
  trash() {
    return this.prisma.post.findMany();
  }
  // #endregion decorator-after
}

// #region trash-before
/** Of all models at once, which is rarely what is meant. */
export const trashBefore = (softDelete: SoftDeleteService, prisma: PrismaClient) =>
  softDelete.onlyDeleted(() => prisma.post.findMany());
// #endregion trash-before
// #region trash-after
export const trashAfter = (prisma: PrismaClient) => onlyDeleted(prisma.post).findMany();
// #endregion trash-after

describe('migrating from 0.6', () => {
  let fixture: SoftDeleteFixture;
  beforeAll(async () => {
    fixture = await SoftDeleteFixture.create({ tenancy: false });
  });
  afterAll(() => fixture.close());

  const boot = async (
    prisma: PrismaClient,
    module: ReturnType<typeof moduleAfter>,
    controllers: (typeof TrashAfter | typeof TrashBefore)[] = [],
  ): Promise<SoftDeleteService> => {
    @Module({ providers: [{ provide: 'PRISMA', useFactory: () => prisma }], exports: ['PRISMA'] })
    class PrismaModule {}
    const app = await Test.createTestingModule({ imports: [PrismaModule, module], controllers }).compile();
    await app.init().finally(() => app.close());
    return app.get(SoftDeleteService);
  };

  it('an option that has become ambiguous is refused by its path', () => {
    const prisma = fixture.bareClient();
    expect(() => extensionBefore()(prisma)).toThrow(
      /cascade.User\[0\]: Post has several relations to User: name "Post.author" or "Post.reviewer"/,
    );
  });

  it('the module takes its options from the extension, and refuses to contradict it', async () => {
    const prisma = fixture.bareClient();
    extensionAfter()(prisma);
    await boot(prisma, moduleAfter());
    await expect(boot(prisma, moduleBefore())).rejects.toThrow('cascade.User[0]: Post has several relations to User');
  });

  it('a decorator that names no model is refused at boot, and one that names some is not', async () => {
    const prisma = fixture.bareClient();
    extensionAfter()(prisma);
    await expect(boot(prisma, moduleAfter(), [TrashBefore])).rejects.toThrow('@OnlyDeleted() on TrashBefore.trash');
    await boot(prisma, moduleAfter(), [TrashAfter]);
  });

  it('the trash can be asked for in either way', async () => {
    const prisma = fixture.bareClient();
    extensionAfter()(prisma);
    const service = await boot(prisma, moduleAfter());
    await prisma.user.create({
      data: { email: 'a@example.com', posts: { create: [{ title: 'one' }, { title: 'two' }] } },
    });
    await prisma.post.deleteMany({ where: { title: 'one' } });
    expect(await trashBefore(service, prisma)).toMatchObject([{ title: 'one' }]);
    expect(await trashAfter(prisma)).toMatchObject([{ title: 'one' }]);
    expect(await prisma.post.findMany({ where: { deletedAt: { not: null } } })).toMatchObject([{ title: 'one' }]);
    await prisma.user.deleteMany();
    await service.restoreMany('User');
    expect(await prisma.post.findMany()).toMatchObject([{ title: 'two' }]);
  });
});
