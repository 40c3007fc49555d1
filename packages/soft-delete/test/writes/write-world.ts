import { attachContext } from '@nestarc/prisma';
import { PrismaPg } from '@prisma/adapter-pg';
import { createPrismaSoftDeleteExtension } from '../../src/soft-delete.extension';
import type { SoftDeleteExtensionOptions } from '../../src/options/soft-delete.options';
import { softDeleteSql } from '../../src/sql/soft-delete-sql';
import type { SoftDeleteSqlOptions } from '../../src/sql/soft-delete-sql.options';
import { SoftDeleteFixture, type SoftDeleteFixtureOptions } from '../fixture/fixture';
import { PrismaClient } from '../fixture/generated/client';

/** All models of the fixture but `Account` and `Item`, which are deleted for good. */
export const MODELS: readonly string[] = [
  ...['User', 'Profile', 'Post', 'Comment', 'Tag', 'Category', 'Order', 'OrderLine', 'Shipment'],
  ...['Country', 'City', 'Team', 'Member'],
];

/** The tables, a client that deletes softly, what it told of, and what it sent. */
export class WriteWorld {
  readonly events: object[] = [];
  readonly statements: string[] = [];

  private constructor(
    readonly fixture: SoftDeleteFixture,
    readonly prisma: PrismaClient,
    private readonly extend: (client: unknown) => unknown,
  ) {}

  static async create(
    setting: SoftDeleteFixtureOptions,
    options: Omit<SoftDeleteExtensionOptions, 'softDeleteModels'> & {
      readonly softDeleteModels?: readonly string[];
    } = {},
    sql?: SoftDeleteSqlOptions,
  ): Promise<WriteWorld> {
    const fixture = await SoftDeleteFixture.create(setting);
    const adapter = new PrismaPg({ connectionString: fixture.database.appUrl, max: setting.max ?? 5 });
    const prisma = new PrismaClient({ adapter, log: [{ emit: 'event', level: 'query' }] });
    const eventEmitter = { emitSoftDeleted: (event: object) => void world.events.push(event) };
    const extend = createPrismaSoftDeleteExtension({ softDeleteModels: MODELS, ...options, eventEmitter });
    const world = new WriteWorld(fixture, prisma, extend);
    extend(prisma);
    if (setting.tenancy) attachContext(prisma);
    if (sql !== undefined) await fixture.asAdmin(softDeleteSql(prisma, sql));
    prisma.$on('query', ({ query }) => world.statements.push(query));
    return world;
  }

  /** Another client of the same kind, on connections of its own. */
  anotherClient(): PrismaClient {
    const client = this.fixture.client({ max: 2 });
    this.extend(client);
    return client;
  }

  /** Runs and awaits for tenant `a`. */
  as<T>(work: () => T | PromiseLike<T>): Promise<T> {
    return this.fixture.as('a', work);
  }

  /** What is in a table, whoever may see it. */
  rows<Row = Record<string, unknown>>(table: string, order = 'id'): Promise<Row[]> {
    return this.fixture.asAdmin<Row>(`SELECT * FROM ${table} ORDER BY ${order}`);
  }

  /** The ids of the deleted rows of a table. */
  async deleted(table: string): Promise<number[]> {
    const rows = await this.fixture.asAdmin<{ id: number }>(
      `SELECT id FROM ${table} WHERE deleted_at IS NOT NULL ORDER BY id`,
    );
    return rows.map(({ id }) => id);
  }

  /** Runs, and gives what was sent meanwhile. */
  async sent(work: () => PromiseLike<unknown>): Promise<string[]> {
    this.statements.length = 0;
    await work();
    // Prisma tells of statements on its own time.
    await new Promise((resolve) => setTimeout(resolve, 20));
    return [...this.statements];
  }

  async clear(): Promise<void> {
    await this.fixture.clear();
    this.events.length = 0;
    this.statements.length = 0;
  }

  async close(): Promise<void> {
    await this.prisma.$disconnect();
    await this.fixture.close();
  }
}

/** The code of a failure; `done` without one. */
export async function outcome(work: PromiseLike<unknown>): Promise<string> {
  return Promise.resolve(work).then(
    () => 'done',
    (error: unknown) => (error as { code?: string }).code ?? String(error),
  );
}
