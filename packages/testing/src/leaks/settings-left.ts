import { createContext, runWithContext } from '@nestarc/core';
import { Client, type Pool, type PoolClient } from 'pg';

/** A setting that stayed behind on a connection. */
export interface SettingLeft {
  /** Name of the setting. */
  readonly name: string;
  /** Its value. */
  readonly value: string;
}

/**
 * Looks for settings on the connections of a pool that its users have given back.
 *
 * @param pool - the pool; connections that are in use are not looked at
 * @param names - names of the settings
 * @returns one entry for each setting of each connection that is neither absent nor empty
 */
export async function settingsLeftOn(pool: Pool, names: readonly string[]): Promise<readonly SettingLeft[]> {
  const clients: PoolClient[] = [];
  try {
    // A pool of a tenant's context hands no connection out without one.
    const idle = pool.idleCount;
    await runWithContext(createContext({ mode: 'bypass' }), async () => {
      for (let n = 0; n < idle; n++) clients.push(await pool.connect());
    });
    const values = await Promise.all(clients.map((client) => readSettings(client, names)));
    return values.flat();
  } finally {
    for (const client of clients) client.release();
  }
}

type RawQuery = (
  this: PoolClient,
  text: string,
  done: (error: Error | null, result: { rows: SettingLeft[] }) => void,
) => void;

/** pg's own method: that of a context-carrying client would set what is to be seen. */
const { query: rawQuery } = Client.prototype as unknown as { readonly query: RawQuery };

function readSettings(client: PoolClient, names: readonly string[]): Promise<readonly SettingLeft[]> {
  const calls = names.map((name) => {
    const literal = client.escapeLiteral(name);
    return `SELECT ${literal} AS name, current_setting(${literal}, true) AS value`;
  });
  return new Promise((resolve, reject) => {
    rawQuery.call(client, calls.join(' UNION ALL '), (error, result) => {
      if (error) reject(error);
      else resolve(result.rows.filter(({ value }) => (value ?? '') !== ''));
    });
  });
}
