import type { BenchClient } from './clients';
import { AUTHORS, BOOKS, CHAPTERS } from './database';

/** Reads, each of which brings the same rows with the package and without it. */
export const READS = ['list of 20', 'one by id', 'list of 20 with relations', 'to-one of 20', 'count'] as const;

/** A read. */
export type Read = (typeof READS)[number];

type Rows = readonly object[];

/** Throws unless all are there. */
function expectRows(read: Read, found: number, expected: number): void {
  if (found !== expected) throw new Error(`"${read}" brought ${found} rows instead of ${expected}`);
}

/** Prime to their number. All authors take turns, and neither contender comes upon those whose rows are found sooner more often. */
const STRIDE = 149;

const authorOf = (run: number): number => ((run * STRIDE) % AUTHORS) + 1;

const PERFORM: Readonly<Record<Read, (client: BenchClient, run: number) => Promise<void>>> = {
  'list of 20': async (client, run) => {
    const rows: Rows = await client.book.findMany({
      where: { authorId: authorOf(run) },
      orderBy: { id: 'asc' },
      take: 20,
    });
    expectRows('list of 20', rows.length, 20);
  },
  'one by id': async (client, run) => {
    const row = await client.author.findUnique({ where: { id: authorOf(run) } });
    expectRows('one by id', row === null ? 0 : 1, 1);
  },
  'list of 20 with relations': async (client, run) => {
    const rows = await client.book.findMany({
      where: { authorId: authorOf(run) },
      include: { chapters: true, _count: { select: { chapters: true } } },
      orderBy: { id: 'asc' },
      take: 20,
    });
    const chapters = rows.reduce((sum, row) => sum + row.chapters.length + row._count.chapters, 0);
    expectRows('list of 20 with relations', chapters, 20 * 2 * CHAPTERS);
  },
  'to-one of 20': async (client, run) => {
    const rows = await client.book.findMany({
      where: { authorId: authorOf(run) },
      select: { id: true, author: { select: { name: true } } },
      orderBy: { id: 'asc' },
      take: 20,
    });
    expectRows('to-one of 20', rows.filter(({ author }) => author.name.length > 0).length, 20);
  },
  count: async (client, run) => {
    expectRows('count', await client.book.count({ where: { authorId: authorOf(run) } }), BOOKS);
  },
};

/**
 * Reads once, and looks whether all has come.
 *
 * @param client - with the package or without it
 * @param read - what is read
 * @param run - number of the run; other rows each time
 * @throws Error when rows are missing, or too many
 */
export const performRead = (client: BenchClient, read: Read, run: number): Promise<void> => PERFORM[read](client, run);
