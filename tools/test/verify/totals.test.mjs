// @ts-check
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { closingLine, readAllTotals, readTotals, totalsOf } from '../../verify/totals.mjs';
import { makeTree } from '../guards/tree.mjs';

const report = {
  numPassedTests: 5,
  numFailedTests: 2,
  numPendingTests: 1,
  numTodoTests: 1,
  testResults: [
    { status: 'passed', assertionResults: [{}] },
    { status: 'failed', assertionResults: [{}] },
  ],
};

describe('totalsOf', () => {
  it('counts what passed, failed and was left out', () => {
    expect(totalsOf(report)).toEqual({ passed: 5, failed: 2, skipped: 2 });
  });

  it('counts a file that could not be loaded as a failure', () => {
    const testResults = [...report.testResults, { status: 'failed', assertionResults: [] }];
    expect(totalsOf({ ...report, testResults }).failed).toBe(3);
  });
});

describe('readTotals', () => {
  it('reads the report of a run', () => {
    const root = makeTree({ 'report.json': report });
    expect(closingLine(readTotals(path.join(root, 'report.json')))).toBe('5 passed, 2 failed, 2 skipped');
  });

  it('counts nothing for a run that wrote no report', () => {
    expect(closingLine(readTotals(path.join(makeTree({}), 'report.json')))).toBe('0 passed, 0 failed, 0 skipped');
  });
});

describe('readAllTotals', () => {
  it('adds up the reports of several runs', () => {
    const root = makeTree({ 'a.json': report, 'b.json': report });
    const files = ['a.json', 'b.json', 'none.json'].map((file) => path.join(root, file));
    expect(readAllTotals(files)).toEqual({ passed: 10, failed: 4, skipped: 4 });
  });
});
