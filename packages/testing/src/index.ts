export { createTestDatabase, type TestDatabase, type TestDatabaseOptions } from './database/test-database';
export { countRoundTrips, type RoundTripCounter } from './network/round-trips';
