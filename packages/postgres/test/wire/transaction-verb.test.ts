import { describe, expect, it } from 'vitest';
import { transactionVerb } from '../../src/wire/transaction-verb';

describe('transactionVerb', () => {
  it.each([
    ['BEGIN', 'begin'],
    ['begin isolation level serializable', 'begin'],
    ['  -- a comment\n/* another */ START  TRANSACTION READ ONLY', 'begin'],
    ['COMMIT', 'control'],
    ['END', 'control'],
    ['rollback to savepoint x', 'rollbackTo'],
    ['ROLLBACK WORK TO x', 'rollbackTo'],
    ['SET TRANSACTION ISOLATION LEVEL SERIALIZABLE', 'setup'],
    ['set  transaction read only', 'setup'],
    ['SET LOCAL statement_timeout = 5', 'none'],
    ['SAVEPOINT s', 'control'],
    ['RELEASE s', 'control'],
    ['ABORT', 'control'],
    ["PREPARE TRANSACTION 'x'", 'control'],
    ['COMMIT AND CHAIN', 'chain'],
    ['rollback and  chain', 'chain'],
    ['COMMIT AND NO CHAIN', 'control'],
    [';COMMIT AND CHAIN', 'chain'],
    ['COMMIT AND/**/CHAIN', 'chain'],
    ['COMMIT /* one /* two */ */ AND -- three\n CHAIN', 'chain'],
    [';; BEGIN', 'begin'],
    ['/* /* nested */ */ BEGIN', 'begin'],
    ['-- comment\rBEGIN', 'begin'],
    ['/* never closed BEGIN', 'none'],
    ['/* BEGIN */ SELECT 1', 'none'],
    ['-- BEGIN', 'none'],
    ['SELECT 1', 'none'],
    ['SELECT $$begin$$', 'none'],
    ['beginning', 'none'],
    ['UPDATE x SET y = 1', 'none'],
    ['', 'none'],
  ])('%j is %s', (text, verb) => {
    expect(transactionVerb(text)).toBe(verb);
  });
});
