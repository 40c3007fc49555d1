import { describe, expect, it } from 'vitest';
import { transactionVerb } from '../../src/wire/transaction-verb';

describe('transactionVerb', () => {
  it.each([
    ['BEGIN', 'begin'],
    ['begin isolation level serializable', 'begin'],
    ['  -- a comment\n/* another */ START  TRANSACTION READ ONLY', 'begin'],
    ['COMMIT', 'control'],
    ['END', 'control'],
    ['rollback to savepoint x', 'control'],
    ['SAVEPOINT s', 'control'],
    ['RELEASE s', 'control'],
    ['ABORT', 'control'],
    ["PREPARE TRANSACTION 'x'", 'control'],
    ['COMMIT AND CHAIN', 'chain'],
    ['rollback and  chain', 'chain'],
    ['COMMIT AND NO CHAIN', 'control'],
    ['SELECT 1', 'none'],
    ['SELECT $$begin$$', 'none'],
    ['beginning', 'none'],
    ['UPDATE x SET y = 1', 'none'],
    ['', 'none'],
  ])('%j is %s', (text, verb) => {
    expect(transactionVerb(text)).toBe(verb);
  });
});
