import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { PrismaClient } from '../fixture/generated/client';
import { type Guide, openGuide } from './guide-fixture';
// #region sql
import { softDeleteSql } from '@nestarc/soft-delete';

/** For a migration: columns, indexes, unique keys among active rows, guards. It may be run any number of times. */
export const migrationOf = (prisma: PrismaClient): string => softDeleteSql(prisma);
// #endregion sql

let guide: Guide;
beforeAll(async () => {
  guide = await openGuide();
  await guide.fixture.asAdmin(migrationOf(guide.prisma));
  await guide.fixture.asAdmin(migrationOf(guide.prisma));
});
beforeEach(() => guide.fixture.clear());
afterAll(() => guide.fixture.close());

it('a deleted row’s unique values can be used again, and are still unique among active rows', async () => {
  const { prisma } = guide;
  // #region uniques
  const email = 'ada@example.com';
  const first = await prisma.user.create({ data: { email } });
  await prisma.user.delete({ where: { id: first.id } });
  const second = await prisma.user.create({ data: { email } });
  expect(second.id).not.toBe(first.id);
  await expect(prisma.user.create({ data: { email } })).rejects.toMatchObject({ code: 'P2002' });
  // #endregion uniques
});

it('a unique key with deletedAt in it does not keep active rows unique', async () => {
  const { fixture } = guide;
  // #region wrong-key
  await fixture.asAdmin('CREATE TABLE people (email text, deleted_at timestamp, UNIQUE (email, deleted_at))');
  await fixture.asAdmin("INSERT INTO people (email) VALUES ('ada@example.com'), ('ada@example.com')");
  expect(await fixture.asAdmin('SELECT email FROM people WHERE deleted_at IS NULL')).toHaveLength(2);
  // #endregion wrong-key
});
