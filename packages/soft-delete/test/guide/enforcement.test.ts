import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { softDeleteSql, withDeleted } from '../../src';
import { type Guide, openGuide, OPTIONS, seedUser } from './guide-fixture';

describe('enforced by the client', () => {
  let guide: Guide;
  beforeAll(async () => {
    guide = await openGuide(OPTIONS, { guards: false });
  });
  beforeEach(() => guide.fixture.clear());
  afterAll(() => guide.fixture.close());

  it('raw SQL sees deleted rows', async () => {
    const { prisma } = guide;
    const id = await seedUser(prisma);
    await prisma.user.delete({ where: { id } });
    // #region raw
    expect(await prisma.user.count()).toBe(0);
    expect(await prisma.$queryRaw`SELECT email FROM users`).toHaveLength(1);
    // #endregion raw
  });

  it('a foreign key that is written as a plain field is looked at by nobody but the guards', async () => {
    const { prisma, fixture } = guide;
    const authorId = await seedUser(prisma);
    await prisma.user.delete({ where: { id: authorId } });
    // #region foreign-key
    // The client finds no author to connect to …
    const connected = prisma.post.create({ data: { title: 'late', author: { connect: { id: authorId } } } });
    await expect(connected).rejects.toMatchObject({ code: 'P2025' });
    // … but does not look at what is written into the column.
    await prisma.post.create({ data: { title: 'late', authorId } });
    // #endregion foreign-key
    await fixture.asAdmin("DELETE FROM posts WHERE title = 'late'");
    await fixture.asAdmin(softDeleteSql(prisma));
    // #region guarded
    await expect(prisma.post.create({ data: { title: 'late', authorId } })).rejects.toMatchObject({ code: 'P2003' });
    // #endregion guarded
  });
});

describe('enforced by PostgreSQL', () => {
  let guide: Guide;
  beforeAll(async () => {
    // #region database
    const options = { softDeleteModels: ['User', 'Post', 'Comment'], enforcement: 'database' } as const;
    // #endregion database
    guide = await openGuide({ ...OPTIONS, ...options }, { standalone: true });
  });
  afterAll(() => guide.fixture.close());

  it('raw SQL and other clients do not see deleted rows, unless they say so', async () => {
    const { prisma, fixture } = guide;
    const id = await seedUser(prisma);
    await prisma.user.delete({ where: { id } });
    const other = fixture.bareClient();
    // #region nobody
    expect(await prisma.$queryRaw`SELECT email FROM users`).toEqual([]);
    expect(await other.user.findMany()).toEqual([]);
    expect(await withDeleted(prisma).$queryRaw`SELECT email FROM users`).toHaveLength(1);
    // #endregion nobody
  });
});
