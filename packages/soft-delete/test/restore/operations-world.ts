import { SoftDeleteEvents, type SoftDeleteEvent } from '../../src/events/soft-delete-events';
import { SoftDeleteOperations } from '../../src/soft-delete.operations';
import type { SoftDeleteExtensionOptions } from '../../src/options/soft-delete.options';
import type { SoftDeleteSqlOptions } from '../../src/sql/soft-delete-sql.options';
import type { SoftDeleteFixtureOptions } from '../fixture/fixture';
import type { PrismaClient } from '../fixture/generated/client';
import { WriteWorld } from '../writes/write-world';

export { outcome } from '../writes/write-world';

/** Every edge that the fixture's models can have. */
export const CASCADE = {
  User: ['Post.author', 'Profile'],
  Post: ['Comment'],
  Category: ['Category'],
  Order: ['OrderLine', 'Shipment'],
  Country: ['City'],
  Team: ['Member'],
  Member: ['Team'],
};

/** Tables, a client, and what restores and purges through it. */
export class OperationsWorld {
  /** Restorations and purges that were told of. */
  readonly told: SoftDeleteEvent[] = [];

  private constructor(
    readonly world: WriteWorld,
    readonly operations: SoftDeleteOperations,
  ) {}

  static async create(
    setting: SoftDeleteFixtureOptions,
    options: Partial<SoftDeleteExtensionOptions> = {},
    sql?: SoftDeleteSqlOptions,
  ): Promise<OperationsWorld> {
    const world = await WriteWorld.create(setting, { cascade: CASCADE, ...options }, sql);
    const made = new OperationsWorld(world, new SoftDeleteOperations(world.prisma));
    SoftDeleteEvents.of(world.prisma).subscribe({
      emitSoftDeleted: () => undefined,
      emitRestored: (event) => void made.told.push(event),
      emitPurged: (event) => void made.told.push(event),
    });
    return made;
  }

  get prisma(): PrismaClient {
    return this.world.prisma;
  }

  as<T>(work: () => T | PromiseLike<T>): Promise<T> {
    return this.world.as(work);
  }

  rows(table: string, order?: string): Promise<Record<string, unknown>[]> {
    return this.world.rows(table, order);
  }

  deleted(table: string): Promise<number[]> {
    return this.world.deleted(table);
  }

  sql<Row = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<Row[]> {
    return this.world.fixture.asAdmin<Row>(text, values);
  }

  async count(table: string): Promise<number> {
    const [row] = await this.sql<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`);
    return row?.n ?? -1;
  }

  async clear(): Promise<void> {
    await this.world.clear();
    this.told.length = 0;
  }

  close(): Promise<void> {
    return this.world.close();
  }
}

/** A user with two posts, three comments and a profile. */
export async function blog(world: OperationsWorld, email = 'a@x'): Promise<{ user: number; posts: number[] }> {
  const made = await world.as(() =>
    world.prisma.user.create({
      data: {
        email,
        profile: { create: { bio: 'b' } },
        posts: {
          create: [
            { title: 'p', comments: { create: [{ text: '1' }, { text: '2' }] } },
            { title: 'q', comments: { create: [{ text: '3' }] } },
          ],
        },
      },
      include: { posts: { orderBy: { id: 'asc' } } },
    }),
  );
  return { user: made.id, posts: made.posts.map(({ id }) => id) };
}
