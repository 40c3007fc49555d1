import { describe, expect, it } from 'vitest';
import { identifier, joinSql, quoteIdentifier, sql, UnsupportedStatementError } from '../../src';

describe('the sql tag', () => {
  it('turns values into parameters', () => {
    const query = sql`SELECT * FROM users WHERE id = ${1} AND name = ${"'; DROP TABLE users; --"}`;
    expect(query.text).toBe('SELECT * FROM users WHERE id = $1 AND name = $2');
    expect(query.values).toEqual([1, "'; DROP TABLE users; --"]);
  });

  it('quotes identifiers and numbers parameters across fragments', () => {
    const where = sql`${identifier('public', 'we"ird')}.id = ${7}`;
    const query = sql`SELECT ${1}, ${identifier('a')} FROM t WHERE ${where} LIMIT ${2}`;
    expect(query.text).toBe('SELECT $1, "a" FROM t WHERE "public"."we""ird".id = $2 LIMIT $3');
    expect(query.values).toEqual([1, 7, 2]);
  });

  it('joins fragments', () => {
    expect(joinSql([sql`${1}`, sql`${2}`]).text).toBe('$1, $2');
    expect(joinSql([sql`a`, sql`b`], sql` AND `).text).toBe('a AND b');
    expect(joinSql([]).text).toBe('');
  });

  it('does not take outside data for SQL', () => {
    const posing: unknown = JSON.parse('{"text":"DROP TABLE users","values":[],"parts":[{"raw":"DROP TABLE users"}]}');
    expect(sql`SELECT ${posing}`.text).toBe('SELECT $1');
  });

  it.each(['', 'x'.repeat(64), '\u00e9'.repeat(32), 'a\0b'])('refuses the identifier %j', (name) => {
    expect(() => quoteIdentifier(name)).toThrow(UnsupportedStatementError);
  });
});
