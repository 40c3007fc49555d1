import { Injectable } from '@nestjs/common';
import { afterAll, beforeAll, it } from 'vitest';
import { SoftDeleteService } from '../../src';
import { SoftDeleteFixture } from '../fixture/fixture';
import { OPTIONS, seedUser } from './guide-fixture';

@Injectable()
class AccountsService {
  constructor(private readonly softDelete: SoftDeleteService) {}

  reopen(id: number): Promise<unknown> {
    return this.softDelete.restore('User', { id });
  }
}

let fixture: SoftDeleteFixture;
beforeAll(async () => {
  fixture = await SoftDeleteFixture.create({ tenancy: false });
});
afterAll(() => fixture.close());
// #region testing
import {
  expectCascadeSoftDeleted,
  expectNotSoftDeleted,
  expectSoftDeleted,
  TestSoftDeleteModule,
} from '@nestarc/soft-delete/testing';
import { Test } from '@nestjs/testing';

it('closes and reopens an account', async () => {
  const prisma = fixture.bareClient();
  const module = await Test.createTestingModule({
    imports: [TestSoftDeleteModule.forTesting(OPTIONS, prisma)],
    providers: [AccountsService],
  }).compile();
  const id = await seedUser(prisma);

  await prisma.user.delete({ where: { id } });
  await expectSoftDeleted(prisma.user, { id });
  // The posts and comments of this very user, taken by this very deletion; none left, and at least one of each.
  await expectCascadeSoftDeleted(prisma, 'User', { id }, ['Post', 'Comment']);

  await module.get(AccountsService).reopen(id);
  await expectNotSoftDeleted(prisma.user, { id });
  await module.close();
});
// #endregion testing
