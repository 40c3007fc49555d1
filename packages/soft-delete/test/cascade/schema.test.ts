import { PrismaPg } from '@prisma/adapter-pg';
import { expect, it } from 'vitest';
import { createPrismaSoftDeleteExtension } from '../../src/soft-delete.extension';
import { SoftDeleteOperations } from '../../src/soft-delete.operations';
import { SoftDeleteFixture } from '../fixture/fixture';
import { PrismaClient } from '../fixture/generated/client';

it('deletes, cascades and restores in the schema that Prisma looks into, whatever the search path', async () => {
  const fixture = await SoftDeleteFixture.create({ tenancy: false });
  await fixture.asAdmin(
    `CREATE SCHEMA other; GRANT USAGE ON SCHEMA other TO PUBLIC;
     ALTER TABLE users SET SCHEMA other; ALTER TABLE posts SET SCHEMA other; ALTER TABLE comments SET SCHEMA other;
     CREATE TABLE users (LIKE other.users); CREATE TABLE posts (LIKE other.posts); CREATE TABLE comments (LIKE other.comments);
     GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC`,
  );
  const adapter = new PrismaPg({ connectionString: fixture.database.appUrl, max: 2 }, { schema: 'other' });
  const prisma = new PrismaClient({ adapter });
  const softDeleteModels = ['User', 'Post', 'Comment'];
  createPrismaSoftDeleteExtension({ softDeleteModels, cascade: { User: ['Post.author'], Post: ['Comment'] } })(prisma);
  const posts = { create: [{ title: 'p', comments: { create: [{ text: 'c' }] } }] };
  const { id } = await prisma.user.create({ data: { email: 'a@x', posts } });
  await prisma.user.delete({ where: { id } });
  expect(await prisma.comment.count()).toBe(0);
  await new SoftDeleteOperations(prisma).restore('User', { id });
  expect(await prisma.comment.count()).toBe(1);
  await prisma.$disconnect();
  await fixture.close();
});
