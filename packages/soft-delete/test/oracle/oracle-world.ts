import { ModelMetadata } from '@nestarc/prisma';
import { PrismaPg } from '@prisma/adapter-pg';
import { SoftDeleteSchema } from '../../src/model/soft-delete-schema';
import { resolveSoftDeleteOptions } from '../../src/options/soft-delete-options.schema';
import type { Enforcement } from '../../src/options/soft-delete.options';
import { createPrismaSoftDeleteExtension } from '../../src/soft-delete.extension';
import { softDeleteSql } from '../../src/sql/soft-delete-sql';
import { SoftDeleteFixture } from '../fixture/fixture';
import { PrismaClient } from '../fixture/generated/client';
import { SOFT, VARIANTS } from './clusters';
import { Random } from './random';
import { randomRows, type Rows } from './random-rows';
import { fill, withoutDeleted, WITHOUT_FOREIGN_KEYS } from './twin';

/** The clients leave the mark out of some models, unless asked. */
const OMIT = {
  user: { deletedAt: true },
  order: { deletedAt: true },
  category: { deletedAt: true },
  team: { deletedAt: true },
};

interface OpenDatabase {
  readonly fixture: SoftDeleteFixture;
  readonly client: PrismaClient;
}

/** A database with deleted rows behind a client that deletes softly, and twins without them behind plain ones. */
export class OracleWorld {
  private constructor(
    readonly rows: Rows,
    readonly metadata: ModelMetadata,
    readonly enforcement: Enforcement,
    private readonly database: OpenDatabase,
    private readonly twins: ReadonlyMap<string, OpenDatabase>,
  ) {}

  static async create(seed: number, enforcement: Enforcement): Promise<OracleWorld> {
    const rows = randomRows(new Random(seed));
    const database = await open(rows);
    const { client, fixture } = database;
    const metadata = ModelMetadata.of(client);
    const schema = new SoftDeleteSchema(metadata, resolveSoftDeleteOptions({ softDeleteModels: SOFT }));
    const twins = new Map<string, OpenDatabase>();
    for (const { name, keys, seen } of VARIANTS) {
      twins.set(name, await open(withoutDeleted(schema, rows, keys, new Set(seen))));
    }
    client.$extends(createPrismaSoftDeleteExtension({ softDeleteModels: SOFT, enforcement }));
    if (enforcement === 'database') await fixture.asAdmin(softDeleteSql(client, { standalone: true }));
    return new OracleWorld(rows, metadata, enforcement, database, twins);
  }

  /** The client that hides deleted rows. */
  get client(): PrismaClient {
    return this.database.client;
  }

  /** The client of a database where they are gone. */
  twin(variant: string): PrismaClient {
    const twin = this.twins.get(variant);
    if (twin === undefined) throw new RangeError(`there is no twin for "${variant}"`);
    return twin.client;
  }

  async close(): Promise<void> {
    for (const { client, fixture } of [this.database, ...this.twins.values()]) {
      await client.$disconnect();
      await fixture.close();
    }
  }
}

async function open(rows: Rows): Promise<OpenDatabase> {
  const fixture = await SoftDeleteFixture.create({ tenancy: false, sql: WITHOUT_FOREIGN_KEYS });
  await fill(fixture, rows);
  const adapter = new PrismaPg({ connectionString: fixture.database.appUrl, max: 4 });
  return { fixture, client: new PrismaClient({ adapter, omit: OMIT }) };
}
