import { countRoundTrips } from '@nestarc/testing';
import { PrismaPg } from '@prisma/adapter-pg';
import { attachContext } from '@nestarc/prisma';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPrismaSoftDeleteExtension } from '../../src/soft-delete.extension';
import { SETTINGS, SoftDeleteFixture } from '../fixture/fixture';
import { PrismaClient } from '../fixture/generated/client';

describe.each(SETTINGS)('statements of a cascade, $name', (setting) => {
  let fixture: SoftDeleteFixture;
  beforeAll(async () => {
    fixture = await SoftDeleteFixture.create(setting);
  });
  afterAll(() => fixture.close());

  it('are five for a row, a thousand and ten thousand below it, BEGIN and COMMIT included', async () => {
    const tenant = setting.tenancy ? 'a' : 'none';
    await fixture.asAdmin(
      `INSERT INTO users (id, tenant_id, email) VALUES (1, '${tenant}', 'a@x');
       INSERT INTO posts (id, tenant_id, title, author_id) SELECT i, '${tenant}', 'p', 1 FROM generate_series(1, 1000) AS i;
       INSERT INTO comments (tenant_id, text, post_id) SELECT '${tenant}', 'c', 1 + i % 1000 FROM generate_series(1, 10000) AS i;
       ANALYZE`,
    );
    await using counter = await countRoundTrips(fixture.database.appUrl);
    const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: counter.url, max: setting.max }) });
    if (setting.tenancy) attachContext(prisma);
    createPrismaSoftDeleteExtension({
      softDeleteModels: ['User', 'Profile', 'Post', 'Comment', 'Team', 'Member'],
      cascade: { User: ['Post.author'], Post: ['Comment'], Team: ['Member'] },
    })(prisma);
    await fixture.as('a', () => prisma.user.count());
    counter.reset();
    await fixture.as('a', () => prisma.user.delete({ where: { id: 1 } }));
    expect(counter.count).toBeLessThanOrEqual(5);
    expect(await fixture.as('a', () => prisma.comment.count())).toBe(0);
    const [row] = await fixture.asAdmin<{ count: string }>(
      `SELECT count(*) FROM comments WHERE deleted_at IS NOT NULL`,
    );
    expect(Number(row?.count)).toBe(10_000);
    await prisma.$disconnect();
  });
});
