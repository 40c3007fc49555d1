import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPrismaSoftDeleteExtension } from '../../src';
import {
  expectCascadeSoftDeleted,
  expectNotSoftDeleted,
  expectSoftDeleted,
  SoftDeleteExpectationError,
} from '../../src/testing';
import { SoftDeleteFixture } from '../fixture/fixture';
import type { PrismaClient } from '../fixture/generated/client';

const MODELS = ['User', 'Profile', 'Post', 'Comment', 'Category', 'Order', 'OrderLine', 'Team', 'Member'];
const CASCADE = {
  User: ['Post.author', 'Profile'],
  Post: ['Comment'],
  Category: ['Category'],
  Order: ['OrderLine'],
  Team: ['Member'],
};

let fixture: SoftDeleteFixture;
let prisma: PrismaClient;
beforeAll(async () => {
  fixture = await SoftDeleteFixture.create({ tenancy: false });
  prisma = fixture.bareClient();
  createPrismaSoftDeleteExtension({ softDeleteModels: MODELS, cascade: CASCADE })(prisma);
});
beforeEach(() => fixture.clear());
afterAll(() => fixture.close());

const refused = async (checked: Promise<unknown>, message: RegExp | string): Promise<void> => {
  await expect(checked).rejects.toBeInstanceOf(SoftDeleteExpectationError);
  await expect(checked).rejects.toThrow(message);
  await expect(checked).rejects.toMatchObject({ code: 'SOFT_DELETE_EXPECTATION_FAILED' });
};

const user = (email: string): Promise<{ id: number; tenantId: string }> => prisma.user.create({ data: { email } });

describe('expectSoftDeleted and expectNotSoftDeleted', () => {
  it('tell a deleted row from an active one', async () => {
    const { id } = await user('a@example.com');
    await expectNotSoftDeleted(prisma.user, { id });
    await refused(expectSoftDeleted(prisma.user, { id }), `1 of 1 rows is not deleted, among those with { id: ${id} }`);
    await prisma.user.delete({ where: { id } });
    await expectSoftDeleted(prisma.user, { id });
    await refused(expectNotSoftDeleted(prisma.user, { id }), '1 of 1 rows is deleted');
  });

  it('take a unique key of several fields, also one with a name of its own', async () => {
    const { tenantId } = await user('a@example.com');
    await prisma.user.delete({ where: { tenantId_email: { tenantId, email: 'a@example.com' } } });
    await expectSoftDeleted(prisma.user, { tenantId_email: { tenantId, email: 'a@example.com' } });
    await prisma.order.create({ data: { region: 'eu', number: 1, lines: { create: { position: 1, sku: 's' } } } });
    const place = { orderRegion: 'eu', orderNumber: 1, position: 1 };
    await expectNotSoftDeleted(prisma.orderLine, { place });
  });

  it('do not pass on a row that is not there, or is gone for good', async () => {
    await refused(expectSoftDeleted(prisma.user, { id: 404 }), 'There is no row with { id: 404 }, deleted or not');
    await refused(expectNotSoftDeleted(prisma.user, { id: 404 }), 'There is no row');
    const { id } = await user('a@example.com');
    await fixture.asAdmin('DELETE FROM users');
    await refused(expectSoftDeleted(prisma.user, { id }), 'There is no row');
  });

  it('do not pass where some of the rows are as expected, and others are not', async () => {
    await prisma.user.createMany({ data: [{ email: 'a@example.com' }, { email: 'b@example.com' }] });
    await prisma.user.deleteMany({ where: { email: 'a@example.com' } });
    await refused(expectSoftDeleted(prisma.user, { age: 0 }), '1 of 2 rows is not deleted');
    await refused(expectNotSoftDeleted(prisma.user, { age: 0 }), 'name the row that is meant by its key');
  });

  it('do not pass on rows without the field', async () => {
    const { id } = await prisma.account.create({ data: { name: 'acme' } });
    await refused(expectNotSoftDeleted(prisma.account, { id }), 'have no field "deletedAt", only id, tenantId, name');
    const { id: userId } = await user('a@example.com');
    await refused(expectSoftDeleted(prisma.user, { id: userId }, 'removedAt'), 'no field "removedAt"');
  });
});

describe('expectCascadeSoftDeleted', () => {
  /** Two users, each with a profile and two posts of two comments each. */
  async function seed(): Promise<readonly [ada: number, bob: number]> {
    const comments = { create: [{ text: 'first' }, { text: 'second' }] };
    const ids = [];
    for (const email of ['ada@example.com', 'bob@example.com']) {
      const profile = { create: { bio: email } };
      const posts = { create: [1, 2].map((n) => ({ title: `${n}`, comments })) };
      ids.push((await prisma.user.create({ data: { email, profile, posts } })).id);
    }
    return ids as [number, number];
  }
  const CHILDREN = ['Post', 'Profile', 'Comment'];

  it('passes when one deletion took the row and all that hangs on it, at any depth', async () => {
    const [ada] = await seed();
    await prisma.user.delete({ where: { id: ada } });
    await expectCascadeSoftDeleted(prisma, 'User', { id: ada }, CHILDREN);
    await expectCascadeSoftDeleted(
      prisma,
      'user',
      { email: 'ada@example.com' },
      ['post.author', 'comment'],
      'deletedAt',
    );
  });

  it('does not pass when the parent is active, or not there', async () => {
    const [ada] = await seed();
    await refused(
      expectCascadeSoftDeleted(prisma, 'User', { id: ada }, CHILDREN),
      '1 of 1 User with { id: 1 } not deleted',
    );
    await refused(expectCascadeSoftDeleted(prisma, 'User', { id: 404 }, CHILDREN), 'There is no User');
  });

  it('does not pass when a child was left active', async () => {
    const [ada] = await seed();
    await prisma.user.delete({ where: { id: ada } });
    await fixture.asAdmin(
      `UPDATE posts SET deleted_at = NULL, deletion_id = NULL WHERE author_id = $1 AND title = '2'`,
      [ada],
    );
    await refused(
      expectCascadeSoftDeleted(prisma, 'User', { id: ada }, ['Post']),
      '1 of 2 rows of Post are not deleted',
    );
  });

  it('does not pass when a grandchild was left active', async () => {
    const [ada] = await seed();
    await prisma.user.delete({ where: { id: ada } });
    await fixture.asAdmin(`UPDATE comments SET deleted_at = NULL WHERE text = 'second' AND deleted_at IS NOT NULL`);
    await refused(
      expectCascadeSoftDeleted(prisma, 'User', { id: ada }, CHILDREN),
      '2 of 4 rows of Comment are not deleted',
    );
  });

  it('does not pass on deleted rows of others', async () => {
    const [ada, bob] = await seed();
    await prisma.user.delete({ where: { id: bob } });
    // Ada is deleted, and there are deleted posts; they are Bob's.
    await fixture.asAdmin('UPDATE users SET deleted_at = now(), deletion_id = gen_random_uuid() WHERE id = $1', [ada]);
    await refused(
      expectCascadeSoftDeleted(prisma, 'User', { id: ada }, ['Post']),
      '2 of 2 rows of Post are not deleted',
    );
  });

  it('does not pass on rows that another deletion took, unless that is allowed', async () => {
    const [ada] = await seed();
    await prisma.post.deleteMany({ where: { authorId: ada, title: '1' } });
    await prisma.user.delete({ where: { id: ada } });
    const checked = (options?: object): Promise<void> =>
      expectCascadeSoftDeleted(prisma, 'User', { id: ada }, ['Post'], options);
    await refused(checked(), '1 of 2 rows of Post were deleted by another deletion than their User');
    await checked({ allowDeletedBefore: true });
  });

  it('does not pass where no child is there, unless that is allowed', async () => {
    const { id } = await user('nobody@example.com');
    await prisma.user.delete({ where: { id } });
    const checked = (options?: object): Promise<void> =>
      expectCascadeSoftDeleted(prisma, 'User', { id }, ['Post'], options);
    await refused(checked(), 'No row of Post hangs on the User');
    await checked({ allowNone: true });
  });

  it('does not pass for children that the cascade does not reach, or for none', async () => {
    const [ada] = await seed();
    await prisma.user.delete({ where: { id: ada } });
    const checked = (...children: string[]): Promise<void> =>
      expectCascadeSoftDeleted(prisma, 'User', { id: ada }, children);
    await refused(checked('Member'), 'The cascade of User does not reach Member');
    await refused(checked('Post.reviewer'), 'does not reach Post.reviewer');
    await refused(checked(), 'No child is named');
    await refused(expectCascadeSoftDeleted(prisma, 'Account', { id: 1 }, ['User']), '"Account" is not one of');
    const bare = fixture.bareClient();
    await refused(expectCascadeSoftDeleted(bare, 'User', { id: ada }, ['Post']), 'is not extended');
  });

  it('follows keys of several columns, trees, and marks without an id', async () => {
    await prisma.order.create({ data: { region: 'eu', number: 1, lines: { create: { position: 1, sku: 's' } } } });
    const where = { region_number: { region: 'eu', number: 1 } };
    await prisma.order.delete({ where });
    await expectCascadeSoftDeleted(prisma, 'Order', where, ['OrderLine']);

    const children = { create: { name: 'leaf', children: { create: { name: 'deepest' } } } };
    const { id } = await prisma.category.create({ data: { name: 'root', children } });
    await prisma.category.delete({ where: { id } });
    await expectCascadeSoftDeleted(prisma, 'Category', { id }, ['Category']);
    await fixture.asAdmin(`UPDATE categories SET deleted_at = NULL WHERE name = 'deepest'`);
    await refused(expectCascadeSoftDeleted(prisma, 'Category', { id }, ['Category']), '1 of 2 rows of Category');

    const team = await prisma.team.create({ data: { name: 'red', members: { create: { name: 'ada' } } } });
    await prisma.team.delete({ where: { id: team.id } });
    await expectCascadeSoftDeleted(prisma, 'Team', { id: team.id }, ['Member']);
    await fixture.asAdmin(`UPDATE members SET deleted_at = deleted_at + interval '1 ms'`);
    await refused(expectCascadeSoftDeleted(prisma, 'Team', { id: team.id }, ['Member']), 'by another deletion');
  });
});
