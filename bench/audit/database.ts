import { auditSql } from '@nestarc/audit-log';
import { createTestDatabase, type TestDatabase } from '@nestarc/testing';
import { bareClient, TRACKED } from './clients';

const TABLES = `
  CREATE TABLE orders (
    id integer PRIMARY KEY,
    tenant_id text NOT NULL,
    batch integer NOT NULL,
    customer text NOT NULL,
    status text NOT NULL,
    note text NOT NULL,
    quantity integer NOT NULL,
    total numeric(12, 2) NOT NULL,
    updated_at timestamp(3) NOT NULL
  );
  CREATE INDEX orders_batch ON orders (batch);
`;

/** The indexes that the published package asks for. */
const CLIENT_ENTRIES = `
  CREATE TABLE client_entries (
    id uuid PRIMARY KEY,
    tenant_id text,
    actor_id text,
    actor_type text NOT NULL,
    action text NOT NULL,
    target_type text NOT NULL,
    target_id text NOT NULL,
    source text NOT NULL,
    changes jsonb,
    result text NOT NULL,
    created_at timestamp(3) NOT NULL
  );
  CREATE INDEX client_entries_tenant ON client_entries (tenant_id, created_at);
  CREATE INDEX client_entries_target ON client_entries (target_type, target_id);
  CREATE INDEX client_entries_actor ON client_entries (actor_id);
  CREATE INDEX client_entries_action ON client_entries (action);
`;

/** The same table three times. */
export interface BenchDatabases extends AsyncDisposable {
  /** Without anything. */
  readonly bare: TestDatabase;
  /** With a table for entries that the client writes. */
  readonly clientSide: TestDatabase;
  /** With the triggers of the package. */
  readonly nestarc: TestDatabase;
}

/**
 * Makes the databases.
 *
 * @param adminUrl - connection string of the server's superuser
 */
export async function createBenchDatabases(adminUrl: string): Promise<BenchDatabases> {
  const create = (more: string): Promise<TestDatabase> => createTestDatabase({ adminUrl, sql: `${TABLES} ${more}` });
  const [bare, clientSide, nestarc] = [
    await create(''),
    await create(CLIENT_ENTRIES),
    await create(auditSql(bareClient(adminUrl), TRACKED)),
  ];
  return {
    bare,
    clientSide,
    nestarc,
    [Symbol.asyncDispose]: async () => {
      for (const database of [bare, clientSide, nestarc]) await database.drop();
    },
  };
}
