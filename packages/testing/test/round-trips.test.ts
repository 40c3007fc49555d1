import { countRoundTrips, createTestDatabase } from '@nestarc/testing';
import { Client } from 'pg';
import { expect, test } from 'vitest';

test('counts one round trip for a statement and three for a transaction around it', async () => {
  await using database = await createTestDatabase();
  await using counter = await countRoundTrips(database.appUrl);
  const client = new Client({ connectionString: counter.url });
  await client.connect();

  counter.reset();
  await client.query('SELECT 1');
  expect(counter.count).toBe(1);
  expect(counter.bytesSent).toBe(14);
  expect(counter.bytesReceived).toBeGreaterThan(30);

  counter.reset();
  await client.query('SELECT $1::int', [1]);
  expect(counter.count).toBe(1);

  counter.reset();
  await client.query('BEGIN');
  await client.query('SELECT 1');
  await client.query('COMMIT');
  expect(counter.count).toBe(3);
  await client.end();
});

test('counts connections apart', async () => {
  await using database = await createTestDatabase();
  await using counter = await countRoundTrips(database.appUrl);
  const clients = Array.from({ length: 3 }, () => new Client({ connectionString: counter.url }));
  await Promise.all(clients.map((client) => client.connect()));
  counter.reset();
  await Promise.all(clients.map((client) => client.query('SELECT pg_sleep(0.05)')));
  expect(counter.count).toBe(3);
  await Promise.all(clients.map((client) => client.end()));
});

test('closing ends the connections', async () => {
  await using database = await createTestDatabase();
  const counter = await countRoundTrips(database.appUrl);
  const client = new Client({ connectionString: counter.url });
  const lost = new Promise((resolve) => client.once('error', resolve));
  await client.connect();
  await counter.close();
  expect(await lost).toBeInstanceOf(Error);
});
