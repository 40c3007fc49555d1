import { Client } from 'pg';
import { performance } from 'node:perf_hooks';
import { median } from '../measure/statistics';

const SAMPLES = 200;
/** Those before the compiler has seen the proxy are not counted. */
const UNCOUNTED = 50;

/**
 * Measures how long an empty statement takes there and back.
 *
 * @param url - connection string
 * @param connections - connections that ask at once
 * @returns the median in milliseconds
 */
export async function measureRoundTripTime(url: string, connections: number): Promise<number> {
  const times: number[] = [];
  const ask = async (): Promise<void> => {
    const client = new Client(url);
    await client.connect();
    try {
      for (let sample = 0; sample < SAMPLES; sample++) {
        const started = performance.now();
        await client.query('');
        if (sample >= UNCOUNTED) times.push(performance.now() - started);
      }
    } finally {
      await client.end();
    }
  };
  await Promise.all(Array.from({ length: connections }, ask));
  return median(times);
}
