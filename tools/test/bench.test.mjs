// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

/**
 * Runs a script of the repository.
 *
 * @param {string} script - its path from the root
 * @param {...string} args - its arguments
 */
async function node(script, ...args) {
  const child = spawn(process.execPath, [path.join(root, script), ...args]);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

// Figures depend on the machine and on what else it does; none of these tests looks at one.
describe('npm run bench -- isolation', { timeout: 300_000 }, () => {
  /** @type {string} */
  let folder;
  /** @type {Awaited<ReturnType<typeof node>>} */
  let run;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'nestarc-bench-test-'));
    const files = ['--json', path.join(folder, 'figures.json'), '--svg', path.join(folder, 'figures.svg')];
    run = await node('tools/bench.mjs', 'isolation', '--quick', '--prisma', '7', ...files);
  }, 300_000);
  afterAll(() => rm(folder, { recursive: true }));

  it('ends with a line of JSON that has the promised ratios, and one round trip per operation', () => {
    expect(run).toMatchObject({ code: 0 });
    const ratio = expect.any(Number);
    expect(JSON.parse(run.stdout.trimEnd().split('\n').at(-1) ?? '')).toEqual({
      vsUnscoped: ratio,
      vsTransactionPerOp: ratio,
      roundTripsPerOperation: 1,
      vsUnscopedDelayed: ratio,
      vsTransactionPerOpDelayed: ratio,
    });
  });

  it('prints tables that a terminal of 100 columns shows unbroken', () => {
    const tables = run.stdout.split('\n').filter((line) => !line.startsWith('{'));
    expect(tables.filter((line) => line.length > 100)).toEqual([]);
    expect(run.stdout).toContain('loopback');
    expect(run.stdout).toMatch(/delayed: a round trip takes \d+\.\d+ ms longer/);
  });

  it('writes down what every contender achieved and cost in every situation', async () => {
    const [figures] = JSON.parse(await readFile(path.join(folder, 'figures.json'), 'utf8'));
    const contenders = 3;
    const operations = 4;
    expect(figures.prisma).toMatch(/^7\./);
    expect(figures.cells).toHaveLength(contenders * operations * 2 * 2);
    expect(figures.costs).toHaveLength(contenders * operations);
    const costsOf = (/** @type {string} */ name) =>
      figures.costs
        .filter((/** @type {{ contender: string }} */ { contender }) => contender === name)
        .map((/** @type {{ roundTrips: number, statements: number }} */ costs) => [costs.roundTrips, costs.statements]);
    const single = /** @param {number[]} one */ (one) => [one, one, one, one.map((count) => count * 5)];
    expect(costsOf('where, no RLS')).toEqual(single([1, 1]));
    expect(costsOf('transaction per op')).toEqual(single([4, 4]));
    expect(costsOf('nestarc')).toEqual(single([1, 2]));
  });

  it('draws a chart', async () => {
    expect(await readFile(path.join(folder, 'figures.svg'), 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s);
  });

  it.each([
    ['--prisma', '5'],
    ['--rounds', '0'],
    ['--fast', ''],
  ])('refuses %s %s and names the option', async (option, value) => {
    // Built by now.
    const { code, stderr } = await node('bench/dist/isolation/main.js', option, ...(value ? [value] : []));
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(option) });
  });
});

describe('npm run bench -- request', { timeout: 120_000 }, () => {
  it('ends with a line of JSON that has the promised overhead, for each platform and the worse of both', async () => {
    const { code, stdout } = await node('tools/bench.mjs', 'request', '--quick');
    expect(code).toBe(0);
    const microseconds = expect.any(Number);
    expect(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')).toEqual({
      requestOverheadUs: microseconds,
      expressOverheadUs: microseconds,
      fastifyOverheadUs: microseconds,
    });
    expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });

  it.each([
    ['--rounds', '0'],
    ['--fast', ''],
  ])('refuses %s %s and names the option', async (option, value) => {
    const { code, stderr } = await node('bench/dist/request/main.js', option, ...(value ? [value] : []));
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(option) });
  });
});

describe('npm run bench -- soft-delete', { timeout: 300_000 }, () => {
  it('ends with a line of JSON that has the promised figures, a cascade of five statements among them', async () => {
    const { code, stdout } = await node('tools/bench.mjs', 'soft-delete', '--quick');
    expect(code).toBe(0);
    const ratio = expect.any(Number);
    expect(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')).toEqual({
      cascadeStatements: 5,
      cascadeVsPerRow: ratio,
      readRatio: ratio,
    });
    expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });

  it('refuses --rounds 0 and names the option', async () => {
    const { code, stderr } = await node('bench/dist/soft-delete/main.js', '--rounds', '0');
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('--rounds') });
  });
});

describe('npm run bench -- audit', { timeout: 300_000 }, () => {
  /** @type {Awaited<ReturnType<typeof node>>} */
  let run;
  beforeAll(async () => {
    run = await node('tools/bench.mjs', 'audit', '--quick');
  }, 300_000);

  it('ends with a line of JSON that has the promised figures', () => {
    expect(run).toMatchObject({ code: 0 });
    const ratio = expect.any(Number);
    expect(JSON.parse(run.stdout.trimEnd().split('\n').at(-1) ?? '')).toEqual({
      singleRatio: ratio,
      updateMany100Ratio: ratio,
      deleteMany100Ratio: ratio,
      vsClientSide: ratio,
    });
    expect(run.stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });

  it('counts no statement for capture beyond the one that sends the context', () => {
    const rows = run.stdout.split('\n').filter((line) => /^(create|update|delete)/.test(line));
    const counts = rows.map((line) => {
      const cells = line.slice(20).trim().split(/\s+/).map(Number);
      const [bare, ours] = cells.length === 8 ? [cells[5], cells[7]] : [cells[3], cells[4]];
      return (ours ?? 0) - (bare ?? 0);
    });
    expect(counts).toEqual(Array.from({ length: 10 }, () => 1));
  });

  it('refuses --rounds 0 and names the option', async () => {
    const { code, stderr } = await node('bench/dist/audit/main.js', '--rounds', '0');
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('--rounds') });
  });
});
