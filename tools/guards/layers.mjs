// @ts-check

/** Packages that a user installs for one purpose each; they never import each other. */
const FEATURES = [
  'tenancy',
  'audit-log',
  'feature-flag',
  'soft-delete',
  'idempotency',
  'outbox',
  'webhook',
  'api-keys',
  'data-subject',
  'jobs',
];

/** Features that work without a database. */
const FEATURES_WITHOUT_DATABASE = ['safe-response', 'pagination'];

/** Features that stand on the shared queue kernel. */
const FEATURES_ON_QUEUE = ['outbox', 'webhook', 'jobs'];

const FOUNDATION = ['core', 'postgres', 'prisma'];
const ALL_FEATURES = [...FEATURES, ...FEATURES_WITHOUT_DATABASE];

/**
 * Which packages of the monorepo each package may import. A package without a row may not exist.
 *
 * @type {ReadonlyMap<string, readonly string[]>}
 */
export const mayImport = new Map([
  ['core', []],
  ['postgres', ['core']],
  ['prisma', ['core', 'postgres']],
  ['queue', FOUNDATION],
  ...FEATURES.map((name) => row(name, FEATURES_ON_QUEUE.includes(name) ? [...FOUNDATION, 'queue'] : FOUNDATION)),
  ...FEATURES_WITHOUT_DATABASE.map((name) => row(name, ['core'])),
  // The one place where what stands on the Prisma client is put together.
  ['client', [...FOUNDATION, 'tenancy', 'soft-delete', 'audit-log']],
  ['control-plane', [...FOUNDATION, 'queue', ...ALL_FEATURES, 'client']],
  ['cli', [...FOUNDATION, 'queue', ...ALL_FEATURES, 'client', 'control-plane']],
  ['testing', [...FOUNDATION, 'queue', ...ALL_FEATURES, 'client', 'control-plane', 'cli']],
]);

/**
 * @param {string} name
 * @param {readonly string[]} allowed
 * @returns {[string, readonly string[]]}
 */
function row(name, allowed) {
  return [name, allowed];
}
