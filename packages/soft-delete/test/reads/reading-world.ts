import { PrismaPg } from '@prisma/adapter-pg';
import type { SoftDeleteExtensionOptions } from '../../src/options/soft-delete.options';
import { createPrismaSoftDeleteExtension } from '../../src/soft-delete.extension';
import { softDeleteSql } from '../../src/sql/soft-delete-sql';
import { SoftDeleteFixture } from '../fixture/fixture';
import { PrismaClient } from '../fixture/generated/client';

const SOFT = ['User', 'Profile', 'Post', 'Comment', 'Tag', 'Category', 'Order', 'OrderLine', 'Team', 'Member'];

/**
 * Ann is active, Bob is deleted. Ann wrote posts 1, 2 (deleted) and 4, which Bob reviewed; Bob wrote 3, which is active all the
 * same. Comments 1 and 3 hang on posts 1 and 3, comment 2 on the deleted one; comment 4 is deleted.
 */
const ROWS = `
  INSERT INTO accounts (id, name) VALUES (1, 'acme');
  INSERT INTO users (id, email, name, account_id, deleted_at) VALUES (1, 'ann@x', 'ann', 1, NULL), (2, 'bob@x', 'bob', 1, '2026-01-01');
  INSERT INTO profiles (id, bio, user_id, deleted_at) VALUES (1, 'gone', 1, '2026-01-01');
  INSERT INTO posts (id, title, score, author_id, reviewer_id, deleted_at) VALUES
    (1, 'one', 1, 1, NULL, NULL), (2, 'two', 2, 1, NULL, '2026-01-01'), (3, 'three', 3, 2, 1, NULL), (4, 'four', 4, 1, 2, NULL);
  INSERT INTO comments (id, text, post_id, author_id, deleted_at) VALUES
    (1, 'a', 1, 2, NULL), (2, 'b', 2, 1, NULL), (3, 'c', 3, 1, NULL), (4, 'd', 1, 1, '2026-01-01');
  INSERT INTO tags (id, label, deleted_at) VALUES (1, 'kept', NULL), (2, 'gone', '2026-01-01');
  INSERT INTO "_PostToTag" ("A", "B") VALUES (1, 1), (1, 2);
  INSERT INTO orders (region, number, deleted_at) VALUES ('north', 1, NULL), ('north', 2, '2026-01-01');
`;

/** How a {@link ReadingWorld} is made. */
export interface ReadingOptions extends Partial<SoftDeleteExtensionOptions> {
  /** The client's own option. */
  readonly omit?: { readonly user?: { readonly deletedAt: boolean } };
}

/** The fixture with a few rows, behind a client that deletes softly. */
export class ReadingWorld {
  /** Statements sent since it was emptied. */
  readonly statements: string[] = [];

  private constructor(
    readonly fixture: SoftDeleteFixture,
    readonly prisma: PrismaClient,
  ) {}

  static async create({ omit, ...extension }: ReadingOptions = {}): Promise<ReadingWorld> {
    const fixture = await SoftDeleteFixture.create({ tenancy: false });
    await fixture.asAdmin(ROWS);
    const adapter = new PrismaPg({ connectionString: fixture.database.appUrl, max: 3 });
    const log = [{ emit: 'event', level: 'query' }] as const;
    const prisma = new PrismaClient({ adapter, log: [...log], ...(omit === undefined ? {} : { omit }) });
    prisma.$extends(createPrismaSoftDeleteExtension({ softDeleteModels: SOFT, ...extension }));
    if (extension.enforcement === 'database') await fixture.asAdmin(softDeleteSql(prisma, { standalone: true }));
    const world = new ReadingWorld(fixture, prisma);
    prisma.$on('query', ({ query }) => world.statements.push(query));
    return world;
  }

  async close(): Promise<void> {
    await this.prisma.$disconnect();
    await this.fixture.close();
  }
}

/** The ids of rows, in order. */
export const ids = (rows: readonly { readonly id: number }[]): number[] =>
  rows.map(({ id }) => id).sort((a, b) => a - b);
