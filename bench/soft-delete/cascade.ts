import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { Client } from 'pg';
import { countStatements } from '../network/statement-counter';
import { type BenchClient, bareClient, softDeletingClient } from './clients';
import { AUTHORS, BOOKS, CHAPTERS, type BenchDatabases } from './database';

/** Ways to delete an author, the 50 books, and the 100 chapters of these. */
export const CASCADES = ['one statement per row', 'one statement per parent', 'nestarc'] as const;

/** A way to delete a tree. */
export type Cascade = (typeof CASCADES)[number];

/** What one turn at deleting trees has shown. */
export interface CascadeTurn {
  /** Which way it was. */
  readonly cascade: Cascade;
  /** Trees per second. */
  readonly throughput: number;
}

type Delete = (client: BenchClient, author: number) => Promise<unknown>;

const range = (first: number, count: number): number[] => Array.from({ length: count }, (_, index) => first + index);

const booksOf = (author: number): number[] => range((author - 1) * BOOKS + 1, BOOKS);
const chaptersOf = (book: number): number[] => range((book - 1) * CHAPTERS + 1, CHAPTERS);

const marks = (): { deletedAt: Date; deletedBy: string; deletionId: string } => ({
  deletedAt: new Date(),
  deletedBy: 'user-1',
  deletionId: randomUUID(),
});

/** At its best: nothing is looked for, all ids are known. */
const perRow: Delete = (client, author) =>
  client.$transaction(async (tx) => {
    const data = marks();
    await tx.author.update({ where: { id: author }, data });
    for (const book of booksOf(author)) {
      await tx.book.update({ where: { id: book }, data });
      for (const chapter of chaptersOf(book)) await tx.chapter.update({ where: { id: chapter }, data });
    }
  });

/** The children of each row at once, and then theirs: what extensions that walk down do. */
const perParent: Delete = (client, author) =>
  client.$transaction(async (tx) => {
    const data = marks();
    await tx.author.update({ where: { id: author }, data });
    await tx.book.updateMany({ where: { authorId: author, deletedAt: null }, data });
    const books = await tx.book.findMany({ where: { authorId: author, deletionId: data.deletionId } });
    for (const { id } of books) await tx.chapter.updateMany({ where: { bookId: id, deletedAt: null }, data });
  });

const cascading: Delete = (client, author) => client.author.delete({ where: { id: author } });

const DELETE: Readonly<Record<Cascade, Delete>> = {
  'one statement per row': perRow,
  'one statement per parent': perParent,
  nestarc: cascading,
};

/** Deletes trees in each way, turn by turn. */
export class CascadeMeasurement {
  readonly #admin: Client;
  readonly #databases: BenchDatabases;
  readonly #clients: Readonly<Record<Cascade, BenchClient>>;
  #next = 0;

  /** @param databases - the rows */
  constructor(databases: BenchDatabases) {
    const url = databases.deleted.appUrl;
    this.#databases = databases;
    this.#admin = new Client({ connectionString: databases.deleted.adminUrl });
    this.#clients = {
      'one statement per row': bareClient(url),
      'one statement per parent': bareClient(url),
      nestarc: softDeletingClient(url),
    };
  }

  /** Connects. */
  async start(): Promise<void> {
    await this.#admin.connect();
  }

  /**
   * Deletes trees one after the other.
   *
   * @param cascade - in which way
   * @param trees - how many
   */
  async takeTurn(cascade: Cascade, trees: number): Promise<CascadeTurn> {
    const client = this.#clients[cascade];
    await this.#restore();
    // The first finds cold caches, and connections to open.
    await DELETE[cascade](client, this.#author());
    const started = performance.now();
    for (let tree = 0; tree < trees; tree++) await DELETE[cascade](client, this.#author());
    const seconds = (performance.now() - started) / 1000;
    await this.#check(trees + 1);
    return { cascade, throughput: trees / seconds };
  }

  /**
   * Counts the statements that one tree takes, BEGIN and COMMIT among them.
   *
   * @param cascade - in which way
   */
  async countStatements(cascade: Cascade): Promise<number> {
    await using counter = await countStatements(this.#databases.deleted.appUrl);
    const client = cascade === 'nestarc' ? softDeletingClient(counter.url) : bareClient(counter.url);
    try {
      await this.#restore();
      await DELETE[cascade](client, this.#author());
      counter.reset();
      await DELETE[cascade](client, this.#author());
      return counter.count;
    } finally {
      await client.$disconnect();
    }
  }

  /** Disconnects. */
  async stop(): Promise<void> {
    await Promise.all(Object.values(this.#clients).map((client) => client.$disconnect()));
    await this.#admin.end();
  }

  #author(): number {
    this.#next = (this.#next % AUTHORS) + 1;
    return this.#next;
  }

  async #restore(): Promise<void> {
    for (const table of ['authors', 'books', 'chapters']) {
      await this.#admin.query(
        `UPDATE ${table} SET deleted_at = NULL, deleted_by = NULL, deletion_id = NULL WHERE id < 1000000 AND deleted_at IS NOT NULL`,
      );
      await this.#admin.query(`VACUUM ${table}`);
    }
  }

  /** A tree of which a row is left over does not count. */
  async #check(trees: number): Promise<void> {
    const { rows } = await this.#admin.query<{ authors: number; books: number; chapters: number }>(
      `SELECT ${['authors', 'books', 'chapters']
        .map((name) => `(SELECT count(*)::int FROM ${name} WHERE id < 1000000 AND deleted_at IS NOT NULL) AS ${name}`)
        .join(', ')}`,
    );
    const expected = { authors: trees, books: trees * BOOKS, chapters: trees * BOOKS * CHAPTERS };
    const [found] = rows;
    if (JSON.stringify(found) !== JSON.stringify(expected)) {
      throw new Error(`Deleted ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`);
    }
  }
}
