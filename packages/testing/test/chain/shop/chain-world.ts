import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { auditSql } from '@nestarc/audit-log';
import { createContext, parseTenantId, type RequestContextInit, runWithContext } from '@nestarc/core';
import { SoftDeleteOperations, softDeleteSql, type SoftDeleteExtensionOptions } from '@nestarc/soft-delete';
import { TenancyModule, TenancyService } from '@nestarc/tenancy';
import { createTestDatabase, type TestDatabase } from '@nestarc/testing';
import { Test, type TestingModule } from '@nestjs/testing';
import { PrismaPg } from '@prisma/adapter-pg';
import { Client } from 'pg';
import { type ExtensionName, extensionsOf, ORDERS, SOFT_DELETE } from './extensions';
import { PrismaClient } from './generated/client';

/** How a client is made. */
export interface ChainClientOptions {
  /** Connections of its pool. @defaultValue 4 */
  readonly max?: number;
  /** In which order it is extended. @defaultValue that of the documents */
  readonly order?: readonly ExtensionName[];
  /** Where it connects to. @defaultValue the database of the world, as the application's role */
  readonly url?: string;
  /** What differs for soft deletes. */
  readonly softDelete?: Partial<SoftDeleteExtensionOptions>;
}

/** An entry of the audit table. */
export interface Entry {
  readonly tenantId: string | null;
  readonly actorId: string | null;
  readonly action: string;
  readonly targetType: string | null;
  readonly targetId: string | null;
  readonly op: string | null;
  readonly old: Readonly<Record<string, unknown>> | null;
  readonly new: Readonly<Record<string, unknown>> | null;
  readonly metadata: Readonly<Record<string, unknown>> | null;
  readonly xid: string;
  readonly seq: string;
  readonly requestId: string | null;
  readonly operationId: string | null;
}

/** How many connections the pools of a suite have; where fewer settings are asked for, the ones that wait most. */
export const POOLS: readonly number[] = process.env['NESTARC_FEWER_SETTINGS'] === undefined ? [1, 10] : [1];

const COLUMNS = `tenant_id AS "tenantId", actor_id AS "actorId", action, target_type AS "targetType", target_id AS "targetId", op,
  old, new, xid, seq, request_id AS "requestId", operation_id AS "operationId", metadata`;

const TABLES = ['users', 'posts', 'comments', 'tags', '"_PostToTag"', 'carts', 'lines'];

/** A client that never connects: the schema is read from it. */
const schemaClient = (): PrismaClient =>
  new PrismaClient({ adapter: new PrismaPg({ connectionString: 'postgresql://nowhere' }) });

/** The tables under forced row-level security and audited, and clients that reach them as a role that owns nothing. */
export class ChainWorld {
  readonly #clients: PrismaClient[] = [];

  private constructor(
    readonly database: TestDatabase,
    readonly tenancy: TenancyService,
    private readonly module: TestingModule,
    private readonly admin: Client,
  ) {}

  static async create(): Promise<ChainWorld> {
    const softly = schemaClient();
    for (const extend of extensionsOf(['softDelete'], {})) extend(softly);
    const tables = readFileSync(join(__dirname, 'schema.sql'), 'utf8');
    const database = await createTestDatabase({ sql: tables + softDeleteSql(softly) + auditSql(schemaClient()) });
    const module = await Test.createTestingModule({
      imports: [TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id' })],
    }).compile();
    const admin = new Client({ connectionString: database.adminUrl });
    await admin.connect();
    return new ChainWorld(database, module.get(TenancyService), module, admin);
  }

  /** A client with the extensions. */
  client({ order = ORDERS[0] ?? [], softDelete = {}, ...options }: ChainClientOptions = {}): PrismaClient {
    const client = this.bareClient(options);
    const given = { tenancy: this.tenancy, softDelete: { ...SOFT_DELETE, ...softDelete } };
    return extensionsOf(order, given).reduce<PrismaClient>(
      (extended, extension) => extended.$extends(extension as never) as unknown as PrismaClient,
      client,
    );
  }

  /** A client that nothing was done to. */
  bareClient({ max = 4, url = this.database.appUrl }: Pick<ChainClientOptions, 'max' | 'url'> = {}): PrismaClient {
    const client = new PrismaClient({
      adapter: new PrismaPg({ connectionString: url, max }),
      // Many wait for few connections here.
      transactionOptions: { maxWait: 60_000, timeout: 60_000 },
    });
    this.#clients.push(client);
    return client;
  }

  /** What is done to deleted rows. */
  operations = (client: object): SoftDeleteOperations => new SoftDeleteOperations(client);

  /** Runs and awaits for a tenant. */
  as<T>(tenant: string, work: () => T | PromiseLike<T>, more: RequestContextInit = {}): Promise<T> {
    const actor = { id: `user-of-${tenant}`, type: 'user' };
    const context = createContext({ tenantId: parseTenantId(tenant), actor, requestId: `request-${tenant}`, ...more });
    return runWithContext(context, async () => await work());
  }

  /** Runs SQL as the superuser, who sees every tenant and every deleted row. */
  async asAdmin<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.admin.query(text, values)).rows as Row[];
  }

  /** Empties all tables but the audit table. */
  async clear(): Promise<void> {
    await this.admin.query(`TRUNCATE ${TABLES.join(', ')} RESTART IDENTITY CASCADE`);
  }

  /** Remembers how far the audit table has got, to read on from there. */
  async mark(): Promise<() => Promise<Entry[]>> {
    const [row] = await this.asAdmin<{ xid: string }>('SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS xid');
    const from = row?.xid ?? '';
    return () => this.asAdmin(`SELECT ${COLUMNS} FROM audit_logs WHERE xid >= $1::xid8 ORDER BY xid, seq`, [from]);
  }

  /** What a piece of work leaves in the audit table. */
  async entriesOf(work: () => unknown): Promise<Entry[]> {
    const since = await this.mark();
    await work();
    return since();
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.$disconnect()));
    await this.module.close();
    await this.admin.end();
    await this.database.drop();
  }
}

/** Entries in short: `User.created 1`. */
export const inShort = (entries: readonly Entry[]): string[] =>
  entries.map(({ action, targetId: id }) => `${action} ${String(id)}`);
