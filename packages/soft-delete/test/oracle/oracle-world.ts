import { currentContext, withSettings } from '@nestarc/core';
import {
  attachContext,
  ModelMetadata,
  type OperationPlan,
  type PlannedOperation,
  planOperations,
} from '@nestarc/prisma';
import { PrismaPg } from '@prisma/adapter-pg';
import { SoftDeleteSchema } from '../../src/model/soft-delete-schema';
import { resolveSoftDeleteOptions } from '../../src/options/soft-delete-options.schema';
import type { Enforcement } from '../../src/options/soft-delete.options';
import { rewriteRead } from '../../src/reads/read.rewriter';
import type { ReadScope } from '../../src/reads/read-scope';
import { currentVisibility } from '../../src/visibility/current-visibility';
import { SoftDeleteFixture } from '../fixture/fixture';
import { PrismaClient } from '../fixture/generated/client';
import { SOFT, VARIANTS } from './clusters';
import { Random } from './random';
import { randomRows, type Rows } from './random-rows';
import { fill, withoutDeleted, WITHOUT_FOREIGN_KEYS } from './twin';

/** The client leaves the mark out of some models, unless asked. */
const OMIT = {
  user: { deletedAt: true },
  order: { deletedAt: true },
  category: { deletedAt: true },
  team: { deletedAt: true },
};

/** A database with deleted rows behind the rewriting client, and twins without them behind plain ones. */
export class OracleWorld {
  readonly #closing: (() => Promise<void>)[] = [];

  private constructor(
    readonly rows: Rows,
    readonly metadata: ModelMetadata,
    readonly client: PrismaClient,
    readonly enforcement: Enforcement,
    readonly twins: ReadonlyMap<string, PrismaClient>,
    closing: readonly (() => Promise<void>)[],
  ) {
    this.#closing.push(...closing);
  }

  static async create(seed: number, enforcement: Enforcement): Promise<OracleWorld> {
    const closing: (() => Promise<void>)[] = [];
    const rows = randomRows(new Random(seed));
    const open = async (held: Rows, sql: string): Promise<PrismaClient> => {
      const fixture = await SoftDeleteFixture.create({ tenancy: false, sql: `${WITHOUT_FOREIGN_KEYS}\n${sql}` });
      await fill(fixture, held);
      const adapter = new PrismaPg({ connectionString: fixture.database.appUrl, max: 4 });
      const client = new PrismaClient({ adapter, omit: OMIT });
      closing.push(async () => {
        await client.$disconnect();
        await fixture.close();
      });
      return client;
    };
    const client = await open(rows, enforcement === 'database' ? POLICIES : '');
    const metadata = ModelMetadata.of(client);
    const schema = new SoftDeleteSchema(metadata, resolveSoftDeleteOptions({ softDeleteModels: SOFT }));
    const twins = new Map<string, PrismaClient>();
    for (const { name, keys, seen } of VARIANTS) {
      twins.set(name, await open(withoutDeleted(schema, rows, keys, new Set(seen)), ''));
    }
    rewriteReads(client, schema, enforcement);
    return new OracleWorld(rows, metadata, client, enforcement, twins, closing);
  }

  async close(): Promise<void> {
    for (const close of this.#closing) await close();
  }
}

/** Reads as the extension has them rewritten. */
export function rewriteReads(
  client: PrismaClient,
  schema: SoftDeleteSchema,
  enforcement: Enforcement,
  deletedToOne: 'null' | 'error' = 'null',
): void {
  if (enforcement === 'database') attachContext(client, { onMissingTenant: 'bypass' });
  planOperations(client, (operation: PlannedOperation): OperationPlan | undefined => {
    const scope: ReadScope = {
      schema,
      visibility: currentVisibility(),
      options: { deletedToOne, enforcement },
      globalOmit: OMIT,
      opened: new Set(),
    };
    const plan = rewriteRead(scope, operation);
    if (enforcement === 'client' || scope.opened.size === 0) return plan;
    const tables = [...scope.opened].map((model) => schema.metadata.tableOf(model)).sort();
    return { ...plan, context: withSettings(currentContext(), { 'app.deleted_rows': `,${tables.join(',')},` }) };
  });
}

const POLICIES = `
  DO $$
  DECLARE t text;
  BEGIN
    FOR t IN SELECT table_name FROM information_schema.columns WHERE column_name = 'deleted_at' AND table_schema = 'public' LOOP
      EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
      EXECUTE format('CREATE POLICY everyone ON %I USING (true)', t);
      EXECUTE format($policy$CREATE POLICY hidden ON %I AS RESTRICTIVE FOR SELECT USING (deleted_at IS NULL
        OR position(',%s,' IN COALESCE(current_setting('app.deleted_rows', true), '')) > 0)$policy$, t, t);
    END LOOP;
  END $$;`;
