import type { GoneKeys } from './twin';

/** Models that refer to each other. */
export const CLUSTERS: readonly (readonly string[])[] = [
  ['Account', 'User', 'Profile', 'Post', 'Comment', 'Tag'],
  ['Category', 'Item'],
  ['Order', 'OrderLine', 'Shipment'],
  ['Country', 'City'],
  ['Team', 'Member'],
];

/** The models whose rows are deleted softly: all but two. */
export const SOFT: readonly string[] = CLUSTERS.flat().filter((model) => model !== 'Account' && model !== 'Item');

/** What a query is about: which deleted rows are gone in the twin, and what became of the keys that led to them. */
export interface Variant {
  readonly name: string;
  readonly keys: GoneKeys;
  /** Models whose deleted rows are seen. */
  readonly seen: readonly string[];
}

/** No twin can do both: leave foreign keys as they are, and have relations that lead to deleted rows be null. */
export const VARIANTS: readonly Variant[] = [
  { name: 'keys kept', keys: 'kept', seen: [] },
  { name: 'keys nulled', keys: 'nulled', seen: [] },
  { name: 'some models seen', keys: 'kept', seen: ['User', 'Category', 'Order', 'Country', 'Team'] },
];
