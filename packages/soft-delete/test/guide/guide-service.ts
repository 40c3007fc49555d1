import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { SoftDeleteModule, SoftDeleteService } from '../../src';

/** The service of an application on a client. */
export async function openService(
  prisma: object,
): Promise<{ readonly softDelete: SoftDeleteService; readonly close: () => Promise<void> }> {
  @Module({ providers: [{ provide: 'PRISMA', useFactory: () => prisma }] })
  class PrismaModule {}
  const imports = [PrismaModule, SoftDeleteModule.forRoot({ prismaServiceToken: 'PRISMA' })];
  const app = await Test.createTestingModule({ imports }).compile();
  await app.init();
  return { softDelete: app.get(SoftDeleteService), close: () => app.close() };
}
