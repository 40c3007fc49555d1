import { expect, test } from 'vitest';
import { migrationMode } from '../../src/migrations/migration-file';
import { splitStatements } from '../../src/migrations/split-statements';

const texts = (script: string): string[] => splitStatements(script).map(({ text }) => text);

test.each([
  ['statements', 'SELECT 1; SELECT 2;\nSELECT 3', ['SELECT 1', 'SELECT 2', 'SELECT 3']],
  ['empty statements', ';; SELECT 1 ;;', ['SELECT 1']],
  ['strings', `SELECT 'a;b', 'it''s; me'; SELECT 2`, [`SELECT 'a;b', 'it''s; me'`, 'SELECT 2']],
  ['escape strings', String.raw`SELECT E'a\';b',e'\\'; SELECT 2`, [String.raw`SELECT E'a\';b',e'\\'`, 'SELECT 2']],
  ['backslashes in plain strings', String.raw`SELECT 'a\'; SELECT 2`, [String.raw`SELECT 'a\'`, 'SELECT 2']],
  [
    'a name that ends in e before a string',
    `SELECT date'2020-01-01'; SELECT 2`,
    [`SELECT date'2020-01-01'`, 'SELECT 2'],
  ],
  ['quoted names', 'SELECT "a;""b"; SELECT 2', ['SELECT "a;""b"', 'SELECT 2']],
  ['dollar quotes', 'DO $$ BEGIN; END $$; SELECT 2', ['DO $$ BEGIN; END $$', 'SELECT 2']],
  ['tagged dollar quotes', 'DO $a$ $b$; $$;\n $a$; SELECT 2', ['DO $a$ $b$; $$;\n $a$', 'SELECT 2']],
  ['dollars in names', 'SELECT a$b$c; SELECT d$b$e', ['SELECT a$b$c', 'SELECT d$b$e']],
  ['line comments', '-- one; two\nSELECT 1; -- three; four', ['SELECT 1']],
  ['nested comments', '/* a; /* b; */ c; */ SELECT 1 /* d; */ ; SELECT 2', ['SELECT 1 /* d; */', 'SELECT 2']],
  ['quotes in comments', `-- it's\nSELECT 1; /* " */ SELECT 2`, ['SELECT 1', 'SELECT 2']],
  [
    'rules',
    'CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3',
    ['CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)', 'SELECT 3'],
  ],
  ['nothing', ' -- only a comment\n/* and another */ ', []],
])('splits at the end of statements and not in %s', (_, script, expected) => {
  expect(texts(script)).toEqual(expected);
});

test('knows the line each statement starts on', () => {
  const script = `-- head\n\nCREATE TABLE a (\n  id int\n);\n/* more */ SELECT\n 1;\n`;
  expect(splitStatements(script).map(({ line }) => line)).toEqual([3, 6]);
});

test.each([
  ['CREATE TABLE a ()', 'transaction'],
  ['-- a note\n-- nestarc: no-transaction\n\nCREATE INDEX CONCURRENTLY i ON a (b)', 'statements'],
  ['--NESTARC:NO-TRANSACTION\r\nVACUUM a', 'statements'],
  ['CREATE TABLE a ();\n-- nestarc: no-transaction', 'transaction'],
  ['-- AlterEnum\nBEGIN;\nCREATE TYPE a AS ENUM ();\nCOMMIT;', 'script'],
  [`DO $$ BEGIN NULL; COMMIT; END $$; SELECT 'begin;'; CREATE TABLE beginning ()`, 'transaction'],
])('%j runs as %s', (sql, mode) => {
  expect(migrationMode(sql)).toBe(mode);
});
