import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@nestarc/testing';
import { PrismaPg } from '@prisma/adapter-pg';
import { Client } from 'pg';
import type { SoftDeleteExtensionOptions } from '../../src/options/soft-delete.options';
import { createPrismaSoftDeleteExtension } from '../../src/soft-delete.extension';
import { SoftDeleteOperations } from '../../src/soft-delete.operations';
import { softDeleteSql } from '../../src/sql/soft-delete-sql';
import type { SoftDeleteSqlOptions } from '../../src/sql/soft-delete-sql.options';
import { PrismaClient } from './generated/client';

/** Tables that nobody would make, a client that deletes softly, and what restores and purges through it. */
export class OddWorld {
  readonly operations: SoftDeleteOperations;

  private constructor(
    readonly prisma: PrismaClient,
    private readonly database: TestDatabase,
    private readonly admin: Client,
  ) {
    this.operations = new SoftDeleteOperations(prisma);
  }

  static async create(options: SoftDeleteExtensionOptions, before = ''): Promise<OddWorld> {
    const tables = readFileSync(join(__dirname, 'schema.sql'), 'utf8');
    const database = await createTestDatabase({ sql: `${tables}\n${before}` });
    const admin = new Client({ connectionString: database.adminUrl });
    await admin.connect();
    const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: database.appUrl, max: 5 }) });
    createPrismaSoftDeleteExtension(options)(prisma);
    return new OddWorld(prisma, database, admin);
  }

  /** The script for the client. */
  script(options: SoftDeleteSqlOptions = {}): string {
    return softDeleteSql(this.prisma, options);
  }

  /** Runs the script, as often as one likes. */
  async install(options: SoftDeleteSqlOptions = {}): Promise<void> {
    await this.admin.query(this.script(options));
  }

  /** Runs SQL as the superuser. */
  async sql<Row = Record<string, unknown>>(text: string): Promise<Row[]> {
    return (await this.admin.query(text)).rows as Row[];
  }

  async close(): Promise<void> {
    await this.prisma.$disconnect();
    await this.admin.end();
    await this.database.drop();
  }
}

/** An instant that everything deleted so far lies before. */
export async function soon(): Promise<Date> {
  await new Promise((resolve) => setTimeout(resolve, 3));
  return new Date();
}
