import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPrismaSoftDeleteExtension, SoftDeleteEventEmitter, SoftDeleteService } from '../../src';
import { expectNotSoftDeleted, expectSoftDeleted, TestSoftDeleteModule } from '../../src/testing';
import { SoftDeleteFixture } from '../fixture/fixture';

@Injectable()
class TrashService {
  constructor(private readonly softDelete: SoftDeleteService) {}

  takeBack(id: number): Promise<unknown> {
    return this.softDelete.restore('User', { id });
  }
}

let fixture: SoftDeleteFixture;
beforeAll(async () => {
  fixture = await SoftDeleteFixture.create({ tenancy: false });
});
beforeEach(() => fixture.clear());
afterAll(() => fixture.close());

describe('TestSoftDeleteModule', () => {
  it.each(['register', 'forTesting'] as const)('%s makes the service work on the client of the test', async (name) => {
    const prisma = fixture.bareClient();
    const module = await Test.createTestingModule({
      imports: [TestSoftDeleteModule[name]({ softDeleteModels: ['User'] }, prisma)],
      providers: [TrashService],
    }).compile();
    const { id } = await prisma.user.create({ data: { email: 'a@example.com' } });
    await prisma.user.delete({ where: { id } });
    await expectSoftDeleted(prisma.user, { id });
    await module.get(TrashService).takeBack(id);
    await expectNotSoftDeleted(prisma.user, { id });
    expect(module.get('TEST_PRISMA')).toBe(prisma);
    expect(module.get(SoftDeleteEventEmitter).isEnabled).toBe(false);
    await module.close();
  });

  it('takes a client that is extended already, and refuses options that contradict it', () => {
    const prisma = fixture.bareClient();
    createPrismaSoftDeleteExtension({ softDeleteModels: ['User'] })(prisma);
    expect(TestSoftDeleteModule.register({ softDeleteModels: ['User'] }, prisma)).toHaveProperty('global', true);
    expect(() => TestSoftDeleteModule.register({ softDeleteModels: ['Post'] }, prisma)).toThrow(
      'softDeleteModels: says Post',
    );
    expect(() => TestSoftDeleteModule.register({ softDeleteModels: ['Usr'] }, fixture.bareClient())).toThrow('"Usr"');
    expect(() => TestSoftDeleteModule.register({ softDeleteModels: ['User'], cascade: 1 as never })).toThrow('cascade');
  });

  it('provides a service that refuses to work without a client', async () => {
    const imports = [TestSoftDeleteModule.register({ softDeleteModels: ['User'], prismaServiceToken: 'MINE' })];
    const module = await Test.createTestingModule({ imports }).compile();
    const service = module.get(SoftDeleteService);
    await expect(service.restore('User', { id: 1 })).rejects.toThrow('MINE is no Prisma client');
    await module.close();
  });
});
