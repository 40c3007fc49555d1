import { quoteIdentifier } from '@nestarc/postgres';
import { ModelMetadata } from '@nestarc/prisma';
import { PrismaPg } from '@prisma/adapter-pg';
import { Client } from 'pg';
import { rememberAttachment } from '../../src/model/soft-delete-attachment';
import { SoftDeleteSchema } from '../../src/model/soft-delete-schema';
import { resolveSoftDeleteOptions, type ResolvedSoftDeleteOptions } from '../../src/options/soft-delete-options.schema';
import type { SoftDeleteExtensionOptions } from '../../src/options/soft-delete.options';
import { softDeleteSql } from '../../src/sql/soft-delete-sql';
import type { SoftDeleteSqlOptions } from '../../src/sql/soft-delete-sql.options';
import { SoftDeleteFixture } from '../fixture/fixture';
import { PrismaClient } from '../fixture/generated/client';

/** All models of the fixture but `Account` and `Item`, which are deleted for good. */
export const EXTENSION: SoftDeleteExtensionOptions = {
  softDeleteModels: [
    ...['User', 'Profile', 'Post', 'Comment', 'Tag', 'Category', 'Order', 'OrderLine', 'Shipment'],
    ...['Country', 'City', 'Team', 'Member'],
  ],
  cascade: {
    User: ['Post.author', 'Profile'],
    Post: ['Comment'],
    Category: ['Category'],
    Order: ['OrderLine', 'Shipment'],
    Country: ['City'],
    Team: ['Member.team'],
    Member: ['Team.lead'],
  },
};

/** How a client would delete softly; the client is never connected. */
export function attached(extension: SoftDeleteExtensionOptions = EXTENSION): {
  client: PrismaClient;
  schema: SoftDeleteSchema;
  options: ResolvedSoftDeleteOptions;
} {
  const client = new PrismaClient({
    adapter: new PrismaPg({ connectionString: 'postgres://nobody@127.0.0.1:1/none' }),
  });
  const options = resolveSoftDeleteOptions(extension);
  const schema = new SoftDeleteSchema(ModelMetadata.of(client), options);
  rememberAttachment(client, { options, schema });
  return { client, schema, options };
}

/** The script for the fixture. */
export function script(options: SoftDeleteSqlOptions = {}, extension: SoftDeleteExtensionOptions = EXTENSION): string {
  return softDeleteSql(attached(extension).client, options);
}

/** The tables with what a script makes of them, and plain connections to them: no Prisma, no pool of ours. */
export class SqlWorld {
  readonly #clients: Client[] = [];

  private constructor(readonly fixture: SoftDeleteFixture) {}

  static async create(tenancy: boolean, sql?: string): Promise<SqlWorld> {
    return new SqlWorld(await SoftDeleteFixture.create({ tenancy, ...(sql === undefined ? {} : { sql }) }));
  }

  /** A connection of the application's role, for a tenant. */
  async connect(tenant = 'a'): Promise<Client> {
    const client = new Client({ connectionString: this.fixture.database.appUrl });
    await client.connect();
    this.#clients.push(client);
    await client.query(`SELECT set_config('app.current_tenant', $1, false)`, [tenant]);
    return client;
  }

  /** The role that owns the tables, quoted. */
  get ownerRole(): string {
    return quoteIdentifier(decodeURIComponent(new URL(this.fixture.database.ownerUrl).username));
  }

  admin<Row = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<Row[]> {
    return this.fixture.asAdmin<Row>(text, values);
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.end()));
    await this.fixture.close();
  }
}

/** The SQLSTATE of a failure; `done` without one. */
export async function outcome(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error: unknown) => (error as { code?: string }).code ?? String(error),
  );
}

/** Waits until PostgreSQL says that somebody waits for a lock. */
export async function somebodyWaits(world: SqlWorld): Promise<void> {
  for (const start = Date.now(); Date.now() - start < 5_000;) {
    const [row] = await world.admin<{ waits: boolean }>(
      `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock') AS waits`,
    );
    if (row?.waits) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('Nobody waits');
}
