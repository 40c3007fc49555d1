import { softDeleteSql } from '@nestarc/soft-delete';
import { createTestDatabase, type TestDatabase } from '@nestarc/testing';
import { Client } from 'pg';
import { softDeletingClient } from './clients';

/** Authors that are active. */
export const AUTHORS = 400;
/** Active books of each author. */
export const BOOKS = 50;
/** Active chapters of each book. */
export const CHAPTERS = 2;

const TABLES = `
  CREATE TABLE authors (
    id integer PRIMARY KEY,
    name text NOT NULL,
    email text NOT NULL,
    deleted_at timestamp(3), deleted_by text, deletion_id uuid
  );
  CREATE TABLE books (
    id integer PRIMARY KEY,
    title text NOT NULL,
    author_id integer NOT NULL REFERENCES authors (id),
    deleted_at timestamp(3), deleted_by text, deletion_id uuid
  );
  CREATE TABLE chapters (
    id integer PRIMARY KEY,
    title text NOT NULL,
    book_id integer NOT NULL REFERENCES books (id),
    deleted_at timestamp(3), deleted_by text, deletion_id uuid
  );
  INSERT INTO authors SELECT n, 'Author ' || n, 'author' || n || '@example.org' FROM generate_series(1, ${AUTHORS}) n;
  INSERT INTO books SELECT n, 'Book ' || n, (n - 1) / ${BOOKS} + 1 FROM generate_series(1, ${AUTHORS * BOOKS}) n;
  INSERT INTO chapters SELECT n, 'Chapter ' || n, (n - 1) / ${CHAPTERS} + 1
    FROM generate_series(1, ${AUTHORS * BOOKS * CHAPTERS}) n;
`;

/** What a foreign key is given by who does without the package; `softDeleteSql` makes its own. */
const INDEXES = `
  CREATE INDEX books_author ON books (author_id);
  CREATE INDEX chapters_book ON chapters (book_id);
`;

/** One deleted row for every four active ones, between them. */
const TOMBSTONES = `
  INSERT INTO authors SELECT 1000000 + n, 'Deleted', 'deleted' || n, now(), 'user-1', gen_random_uuid()
    FROM generate_series(1, ${AUTHORS / 4}) n;
  INSERT INTO books SELECT 1000000 + n, 'Deleted', n % ${AUTHORS} + 1, now(), 'user-1', gen_random_uuid()
    FROM generate_series(1, ${(AUTHORS * BOOKS) / 4}) n;
  INSERT INTO chapters SELECT 1000000 + n, 'Deleted', n % ${AUTHORS * BOOKS} + 1, now(), 'user-1', gen_random_uuid()
    FROM generate_series(1, ${(AUTHORS * BOOKS * CHAPTERS) / 4}) n;
`;

/** The same active rows twice. */
export interface BenchDatabases extends AsyncDisposable {
  /** With nothing deleted, for who does without the package. */
  readonly plain: TestDatabase;
  /** With deleted rows among them. */
  readonly deleted: TestDatabase;
}

/**
 * Makes the databases.
 *
 * @param adminUrl - connection string of the server's superuser
 */
export async function createBenchDatabases(adminUrl: string): Promise<BenchDatabases> {
  const plain = await createTestDatabase({ adminUrl, sql: `${TABLES} ${INDEXES}` });
  const deleted = await createTestDatabase({ adminUrl, sql: `${TABLES} ${TOMBSTONES}` });
  // Generates SQL without connecting.
  await execute(deleted.ownerUrl, softDeleteSql(softDeletingClient(deleted.appUrl)));
  // Which is what autovacuum would do in a while.
  for (const database of [plain, deleted]) await execute(database.adminUrl, 'VACUUM (ANALYZE)');
  return {
    plain,
    deleted,
    [Symbol.asyncDispose]: async () => {
      await plain.drop();
      await deleted.drop();
    },
  };
}

async function execute(connectionString: string, sql: string): Promise<void> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
