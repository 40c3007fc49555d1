import { startEmbeddedPostgres } from '@nestarc/postgres/embedded';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../measure/command-line';
import { median } from '../measure/statistics';
import { type AuditBenchOptions, readOptions } from './audit-bench.options';
import { Contender, CONTENDERS, type Place } from './contender';
import { createBenchDatabases } from './database';
import { type Figures, resultLine, type StatementCount, type Turn } from './figures';
import { OPERATIONS, type OperationName } from './operations';
import { tables } from './table';

/** Nothing but the contenders is to be at work on the server. */
const SETTINGS = { autovacuum: 'off' };

/** Entries that a client writes by itself need a transaction. */
const competesAt = ({ name }: Contender, place: Place): boolean => place === 'inside' || name !== 'clientSide';

async function measureRound(contenders: readonly Contender[], round: number, operations: number): Promise<Turn[]> {
  const turns: Turn[] = [];
  for (const place of ['inside', 'outside'] as const) {
    for (const operation of OPERATIONS) {
      for (const contender of contenders.filter((one) => competesAt(one, place))) {
        const count = operation.endsWith('100') ? Math.ceil(operations / 10) : operations;
        const { throughput, latenciesMs } = await contender.takeTurn(operation, place, count);
        const latencyMs = median(latenciesMs);
        turns.push({ round, contender: contender.name, operation, place, throughput, latencyMs });
      }
    }
  }
  return turns;
}

async function countAll(contenders: readonly Contender[]): Promise<StatementCount[]> {
  const counts: StatementCount[] = [];
  const count = async (contender: Contender, operation: OperationName, place: Place): Promise<void> => {
    const statements = await contender.countStatements(operation, place);
    counts.push({ contender: contender.name, operation, place, statements });
  };
  for (const contender of contenders) {
    for (const operation of OPERATIONS) {
      for (const place of ['inside', 'outside'] as const) {
        if (competesAt(contender, place)) await count(contender, operation, place);
      }
    }
  }
  return counts;
}

async function measure(contenders: readonly Contender[], options: AuditBenchOptions): Promise<Figures> {
  const statements = await countAll(contenders);
  // The first round finds code that nobody has run, and plans that nobody has made.
  await measureRound(contenders, -1, Math.ceil(options.operations / 4));
  const turns: Turn[] = [];
  for (let round = 0; round < options.rounds; round++) {
    process.stderr.write(`round ${round + 1} of ${options.rounds}\n`);
    // Who was first in one round is last in the next.
    const order = round % 2 === 0 ? contenders : [...contenders].reverse();
    turns.push(...(await measureRound(order, round, options.operations)));
  }
  return { turns, statements };
}

async function run(options: AuditBenchOptions): Promise<void> {
  console.log(`${cpus().length} processors, load ${loadavg()[0]?.toFixed(1)}, ${options.rounds} rounds`);
  const dataDirectory = await mkdtemp(join(tmpdir(), 'nestarc-bench-'));
  const server = await startEmbeddedPostgres({ dataDirectory, durable: false, stopOnExit: true, settings: SETTINGS });
  try {
    await using databases = await createBenchDatabases(server.adminUrl);
    const contenders = CONTENDERS.map((name) => new Contender(name, databases));
    await Promise.all(contenders.map((contender) => contender.start()));
    const figures = await measure(contenders, options).finally(() =>
      Promise.all(contenders.map((contender) => contender.stop())),
    );
    console.log(`\n${tables(figures)}`);
    if (options.json !== undefined) await writeFile(options.json, JSON.stringify(figures));
    console.log(resultLine(figures));
  } finally {
    await server.stop();
    await rm(dataDirectory, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  try {
    await run(readOptions(process.argv.slice(2)));
  } catch (error) {
    console.error(error instanceof UsageError ? error.message : error);
    process.exitCode = 1;
  }
}

void main();
