import { type Network, PROMISED } from './cell';
import type { ContenderName } from './contenders';
import { type Figures, ratioTo } from './figures';

/**
 * The figures that are promised, as the JSON object that programs read.
 *
 * @param figures - what was measured
 */
export function resultLine(figures: Figures): string {
  const ratio = (network: Network, contender: ContenderName): number =>
    Number(ratioTo(figures, { network, ...PROMISED }, contender).toFixed(3));
  const cost = figures.costs.find(
    ({ operation, contender }) => operation === PROMISED.operation && contender === 'nestarc',
  );
  return JSON.stringify({
    vsUnscoped: ratio('loopback', 'where, no RLS'),
    vsTransactionPerOp: ratio('loopback', 'transaction per op'),
    roundTripsPerOperation: cost?.roundTrips,
    vsUnscopedDelayed: ratio('delayed', 'where, no RLS'),
    vsTransactionPerOpDelayed: ratio('delayed', 'transaction per op'),
  });
}
