import type { SoftDeleteExtensionOptions } from '../../src';
import { createPrismaSoftDeleteExtension, softDeleteSql } from '../../src';
import { SoftDeleteFixture } from '../fixture/fixture';
import type { PrismaClient } from '../fixture/generated/client';

/** What the examples delete softly. */
export const OPTIONS: SoftDeleteExtensionOptions = {
  softDeleteModels: ['User', 'Post', 'Comment'],
  cascade: { User: ['Post.author'], Post: ['Comment'] },
};

/** A database and an extended client. */
export interface Guide {
  readonly fixture: SoftDeleteFixture;
  readonly prisma: PrismaClient;
}

/** Opens a database for an example, with the SQL that the package writes for it where that is asked for. */
export async function openGuide(
  options: SoftDeleteExtensionOptions = OPTIONS,
  sql?: Parameters<typeof softDeleteSql>[1],
): Promise<Guide> {
  const fixture = await SoftDeleteFixture.create({ tenancy: false });
  const prisma = fixture.bareClient();
  createPrismaSoftDeleteExtension(options)(prisma);
  if (sql !== undefined) await fixture.asAdmin(softDeleteSql(prisma, sql));
  return { fixture, prisma };
}

/** A user with two posts of two comments each. */
export async function seedUser(prisma: PrismaClient, email = 'ada@example.com'): Promise<number> {
  const comments = { create: [{ text: 'first' }, { text: 'second' }] };
  const posts = {
    create: [
      { title: 'one', comments },
      { title: 'two', comments },
    ],
  };
  return (await prisma.user.create({ data: { email, posts } })).id;
}
