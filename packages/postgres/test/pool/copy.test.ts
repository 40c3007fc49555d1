import { currentContext, runWithContext, TenantContextMissingError } from '@nestarc/core';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from, to } from 'pg-copy-streams';
import { describe, expect, it } from 'vitest';
import { CrossTenantWriteError, TenantSwitchInTransactionError, UnsupportedStatementError } from '../../src';
import { A, B, backendOf, useNotes, withClient } from './fixture/notes';

const notes = useNotes(`
  CREATE TABLE open (body text);
  CREATE TABLE guarded (body text);
  CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$;
  CREATE TRIGGER guard BEFORE INSERT ON guarded EXECUTE FUNCTION refuse();
`);
const OUT = 'COPY notes (body) TO STDOUT';
const IN = 'COPY notes (tenant_id, body) FROM STDIN';
const read = async (client: PoolClient): Promise<unknown[]> =>
  (await client.query<{ body: string }>('SELECT body FROM notes ORDER BY id')).rows;

const textOf = async (stream: Readable): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};
const copyIn = (client: PoolClient, text: string, lines: Iterable<string>): Promise<void> =>
  pipeline(Readable.from(lines), client.query(from(text)));

describe('COPY TO STDOUT', () => {
  it('gives the rows of the tenant only, outside of a transaction and inside', async () => {
    await withClient(notes.pool, A, async (client) => {
      expect(await textOf(client.query(to(OUT)))).toBe('of a\n');
      await runWithContext(B, async () => expect(await textOf(client.query(to(OUT)))).toBe('of b\n'));
      await client.query('BEGIN');
      expect(await textOf(client.query(to(OUT)))).toBe('of a\n');
      expect(await read(client)).toEqual([{ body: 'of a' }]);
      expect(await textOf(client.query(to(OUT)))).toBe('of a\n');
      await client.query('COMMIT');
    });
    expect(notes.pool.idleCount).toBe(1);
  });

  it('gives all of a result that takes many packets', async () => {
    await withClient(notes.pool, A, async (client) => {
      const text = await textOf(
        client.query(to("COPY (SELECT repeat('x', 999) FROM generate_series(1, 5000)) TO STDOUT")),
      );
      expect(text).toHaveLength(5_000_000);
      expect(await read(client)).toEqual([{ body: 'of a' }]);
    });
  });

  it('runs its listeners in the context of its caller', async () => {
    const client = await runWithContext(B, () => notes.pool.connect());
    const tenants = await runWithContext(A, async () => {
      const stream = client.query(to(OUT));
      const heard: unknown[] = [];
      stream.on('data', () => heard.push(currentContext()?.tenantId));
      await new Promise((resolve) => stream.on('end', resolve));
      return heard;
    });
    expect(tenants).toEqual(['a']);
    await runWithContext(A, () => client.query('SELECT 1'));
    client.release();
  });

  it('that fails leaves the client usable', async () => {
    await withClient(notes.pool, A, async (client) => {
      const broken = [
        ['COPY nowhere TO STDOUT', '42P01'],
        ['COPY (SELECT 1 / (500 - n) FROM generate_series(1, 999) AS n) TO STDOUT', '22012'],
      ];
      for (const [text = '', code] of broken) {
        await expect(textOf(client.query(to(text)))).rejects.toMatchObject({ code });
        expect(await read(client)).toEqual([{ body: 'of a' }]);
      }
    });
    expect(notes.pool.idleCount).toBe(1);
  });
});

describe('COPY FROM STDIN', () => {
  it('brings rows in with the tenant, outside of a transaction and inside', async () => {
    await notes.admin.query(
      'CREATE TABLE intake (tenant text DEFAULT current_setting($$app.current_tenant$$), body text)',
    );
    await notes.admin.query('GRANT SELECT, INSERT ON intake TO PUBLIC');
    await withClient(notes.pool, A, async (client) => {
      await copyIn(client, 'COPY intake (body) FROM STDIN', ['one\n', 'two\n']);
      await runWithContext(B, () => copyIn(client, 'COPY intake (body) FROM STDIN', ['three\n']));
      await client.query('BEGIN');
      await copyIn(client, 'COPY intake (body) FROM STDIN', ['four\n']);
      await copyIn(client, 'COPY intake (body) FROM STDIN', ['five\n']);
      expect(await read(client)).toEqual([{ body: 'of a' }]);
      await client.query('ROLLBACK');
      const { rows } = await client.query({ text: 'SELECT tenant, body FROM intake', rowMode: 'array' });
      expect(rows).toEqual([
        ['a', 'one'],
        ['a', 'two'],
        ['b', 'three'],
      ]);
    });
    expect(notes.pool.idleCount).toBe(1);
  });

  it('takes data that looks like the end of the stream, or nothing at all', async () => {
    await withClient(notes.pool, A, async (client) => {
      await client.query('CREATE TEMP TABLE pieces (body text)');
      const copying = client.query(from("COPY pieces FROM STDIN WITH (FORMAT csv, DELIMITER '|')"));
      const body = Buffer.from([0x63, 0, 0, 0, 4]);
      await expect(pipeline(Readable.from([body]), copying)).rejects.toMatchObject({ code: '22021' });
      await copyIn(client, 'COPY pieces FROM STDIN', []);
      await copyIn(client, 'COPY pieces FROM STDIN', ['x'.repeat(3_000_000), '\n']);
      expect((await client.query('SELECT length(body) AS n FROM pieces')).rows).toEqual([{ n: 3_000_000 }]);
    });
  });

  it('that the server refuses, before the data or amid it, leaves the client usable', async () => {
    const lines = function* (): Generator<string> {
      for (let n = 0; n < 20_000; n++) yield n === 10 ? 'bad\n' : 'good\n';
    };
    await notes.admin.query("CREATE TABLE strict (body text CHECK (body <> 'bad')); GRANT INSERT ON strict TO PUBLIC");
    await withClient(notes.pool, A, async (client) => {
      const attempts = ['COPY nowhere FROM STDIN', 'COPY guarded FROM STDIN', 'COPY strict FROM STDIN', IN];
      for (const text of attempts) {
        await expect(copyIn(client, text, lines())).rejects.toThrow();
        expect(await read(client)).toEqual([{ body: 'of a' }]);
      }
    });
    expect(notes.pool.idleCount).toBe(1);
  });

  it('that is broken off brings nothing in, and leaves the client usable', async () => {
    await withClient(notes.pool, A, async (client) => {
      await client.query('CREATE TEMP TABLE drafts (body text)');
      const copying: Writable = client.query(from('COPY drafts FROM STDIN'));
      copying.write('half\n');
      const closed = new Promise((resolve) => copying.on('error', resolve));
      copying.destroy(new Error('changed my mind'));
      await closed;
      expect((await client.query('SELECT * FROM drafts')).rows).toEqual([]);
      expect(await read(client)).toEqual([{ body: 'of a' }]);
    });
  });

  it('cannot be used by a query that has no data, which fails and loses its connection', async () => {
    const pool = notes.openPool();
    const before = await backendOf(pool);
    for (const text of ['COPY open FROM STDIN', 'COPY guarded FROM STDIN']) {
      await expect(runWithContext(A, () => pool.query(text))).rejects.toBeInstanceOf(UnsupportedStatementError);
      expect(pool.totalCount).toBe(0);
    }
    const failing = withClient(pool, A, async (client) => {
      await client.query('BEGIN');
      await client.query('COPY open FROM STDOUT');
    });
    await expect(failing).rejects.toBeInstanceOf(UnsupportedStatementError);
    expect(await backendOf(pool)).not.toBe(before);
  });
});

describe('a COPY stream', () => {
  it('is refused without a tenant, with another’s, and where it would smuggle in more', async () => {
    const client = await notes.pool.connect();
    await expect(textOf(client.query(to(OUT)))).rejects.toBeInstanceOf(TenantContextMissingError);
    await runWithContext(A, () => client.query('BEGIN'));
    const other = runWithContext(B, () => textOf(client.query(to(OUT))));
    await expect(other).rejects.toBeInstanceOf(TenantSwitchInTransactionError);
    for (const text of [`${OUT}; COMMIT`, 'COMMIT', `ROLLBACK; ${OUT}`, 'COMMIT AND CHAIN']) {
      const smuggling = runWithContext(A, () => textOf(client.query(to(text))));
      await expect(smuggling).rejects.toBeInstanceOf(UnsupportedStatementError);
    }
    await runWithContext(A, () => client.query('ROLLBACK'));
    client.release();
    expect(notes.pool.idleCount).toBe(1);
  });

  it('is refused when it sends another statement than it showed, and loses its connection', async () => {
    const client = await notes.pool.connect();
    const stream = to(OUT) as ReturnType<typeof to> & { text: string };
    const submit = stream.submit.bind(stream);
    stream.submit = (connection) => {
      stream.text = 'COMMIT';
      submit(connection);
    };
    const changed = runWithContext(A, () => textOf(client.query(stream)));
    await expect(changed).rejects.toBeInstanceOf(UnsupportedStatementError);
    client.release();
    expect(notes.pool.totalCount).toBe(0);
  });

  it('that writes for another tenant is told by type', async () => {
    await notes.admin.query(`
      CREATE TABLE inbox (tenant_id text, body text); GRANT INSERT ON inbox TO PUBLIC;
      CREATE FUNCTION deliver() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO notes (tenant_id, body) VALUES (NEW.tenant_id, NEW.body); RETURN NULL; END $$;
      CREATE TRIGGER deliver BEFORE INSERT ON inbox FOR EACH ROW EXECUTE FUNCTION deliver()`);
    await withClient(notes.pool, A, async (client) => {
      const theirs = copyIn(client, 'COPY inbox FROM STDIN', ['b\tmine now\n']);
      await expect(theirs).rejects.toBeInstanceOf(CrossTenantWriteError);
      await copyIn(client, 'COPY inbox FROM STDIN', ['a\tmore\n']);
      expect(await read(client)).toEqual([{ body: 'of a' }, { body: 'more' }]);
    });
  });
});
