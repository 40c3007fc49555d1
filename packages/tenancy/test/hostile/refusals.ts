import { expect } from 'vitest';
import { B } from '../fixture/isolation-fixture';
import { DATA_OF_B, type HostileRange, isServedAsA, type Outcome, type RangeApp } from './hostile-range';
import type { RawHead } from './raw-http';

/** What hostile input is answered with; 414 and 431 are Fastify's and Node's own. */
const REFUSALS: readonly number[] = [400, 401, 403, 404, 414, 431];

/** Far more than events need to tell of a request, and far less than one may send. */
const MAX_ANNOUNCED = 2000;

/** A hostile request, and the statuses it may be answered with where not all refusals will do. */
export type HostileCase = readonly [what: string, head: RawHead, statuses?: readonly number[]];

/** What is wrong about the way a hostile request was answered. */
export function faultsOf(outcome: Outcome, sent: string, statuses: readonly number[] = REFUSALS): string[] {
  const { status, handlers, statements, body, logs, events } = outcome;
  const secrets = sent.includes(B) ? DATA_OF_B : [...DATA_OF_B, B];
  const told = secrets.filter((secret) => `${body}${events}`.includes(secret));
  return [
    ...(statuses.includes(status) ? [] : [`answered with ${status}: ${body.slice(0, 100)}`]),
    ...(handlers === 0 ? [] : ['reached the handler']),
    ...(statements === 0 ? [] : [`waited for the database ${statements} times`]),
    ...told.map((secret) => `told ${secret}`),
    // Whoever sends hostile requests would otherwise fill the disk.
    ...(logs === '' ? [] : [`logged ${logs.slice(0, 200)}`]),
    ...(events.length < MAX_ANNOUNCED ? [] : [`announced ${events.length} characters`]),
  ];
}

/**
 * Expects each request to be refused, before the handler and the database, telling nothing of tenant B, and the next good
 * one to be served.
 *
 * @param range - where they are sent
 * @param app - the application
 * @param cases - the requests
 * @param good - one that is served as tenant A
 */
export async function expectAllRefused(
  range: HostileRange,
  app: RangeApp,
  cases: readonly HostileCase[],
  good: RawHead,
): Promise<void> {
  const before = await range.everything();
  const faults: unknown[] = [];
  for (const [what, head, statuses] of cases) {
    const found = faultsOf(await range.send(app, head), `${what} ${JSON.stringify(head)}`, statuses);
    if (!isServedAsA(await range.send(app, good))) found.push('the next request was not served');
    if (found.length > 0) faults.push({ what: what.slice(0, 200), found });
  }
  expect(faults).toEqual([]);
  expect(await range.everything()).toEqual(before);
}
